/// Onto the node and off it again: the plugin's files, and its entry in the network configuration
/// that the container runtime uses. Start reading at [Installation]; [Conflist] is where the text
/// is edited.
@NullMarked
package io.podstamp.install;

import org.jspecify.annotations.NullMarked;
