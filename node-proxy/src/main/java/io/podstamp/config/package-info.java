/// What the user configured, as checked records: the config file and the annotations, parsed with
/// all problems reported at once. Start reading at [Config].
@NullMarked
package io.podstamp.config;

import org.jspecify.annotations.NullMarked;
