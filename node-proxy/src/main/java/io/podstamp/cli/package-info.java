/// The way in: one file a sub-command. [AgentCommand] is the composition root, the only place that
/// joins agent, identity and admin; start reading there.
@NullMarked
package io.podstamp.cli;

import org.jspecify.annotations.NullMarked;
