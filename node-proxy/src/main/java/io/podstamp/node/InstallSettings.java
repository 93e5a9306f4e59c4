package io.podstamp.node;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What an agent installs, and where.
///
/// @param binDir where the runtime looks for CNI plugins
/// @param confDir where the runtime finds its network
/// @param plugin the plugin's files
/// @param hostBin the host's `/bin`, to see whether it has a shell; null: not looked
/// @param daemonSet `NAMESPACE/NAME`: when it is gone at the agent's end, podstamp is taken off the
///   node; null: never
public record InstallSettings(
    Path binDir, Path confDir, Path plugin, @Nullable Path hostBin, @Nullable String daemonSet) {}
