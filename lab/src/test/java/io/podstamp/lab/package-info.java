@NullMarked
package io.podstamp.lab;

import org.jspecify.annotations.NullMarked;
