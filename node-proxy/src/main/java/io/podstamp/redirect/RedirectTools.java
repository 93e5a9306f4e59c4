package io.podstamp.redirect;

import io.netty.channel.EventLoopGroup;
import io.podstamp.lease.Bypass;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.netns.Doorway;
import io.podstamp.netns.RuleInstaller;
import io.podstamp.netns.Sysctls;
import io.podstamp.netns.Tenant;
import java.util.Map;
import java.util.function.Consumer;

/// What every [PodRedirect] of a process is made with.
///
/// @param tenant whose rules are written
/// @param installer for namespaces that have none
/// @param sysctls settings for each Pod's namespace
/// @param refusedSysctls told what could not be set, by name, with the kernel's word
/// @param bypass whether leases are given out now
/// @param hold whether SYNs can be held
public record RedirectTools(
    Tenant tenant,
    EventLoopGroup loops,
    Doorway doorway,
    RuleInstaller installer,
    Sysctls sysctls,
    Consumer<Map<String, String>> refusedSysctls,
    Bypass bypass,
    HoldSupport hold,
    NodeMetrics metrics) {}
