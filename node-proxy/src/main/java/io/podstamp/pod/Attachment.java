package io.podstamp.pod;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What CNI ADD told us: one interface of one sandbox. It is enough to stamp before the API server
/// has said anything.
///
/// @param containerId the sandbox, as the runtime names it
/// @param ifname the interface inside the netns, usually `eth0`
/// @param netns the path the runtime gave, such as `/var/run/netns/cni-1234`
/// @param netnsInode the namespace behind that path when it was opened; a path may be reused;
///   [#UNSEEN] if it could not be opened
/// @param ips the addresses in `prevResult`
/// @param annotations the Pod's, as the runtime passed them (empty when it does not)
/// @param network the name of the network configuration; empty when nobody told it, as of a Pod
///   that ran already
public record Attachment(
    String containerId,
    String ifname,
    Path netns,
    long netnsInode,
    PodRef pod,
    List<InetAddress> ips,
    Map<String, String> annotations,
    String network) {

  /// The inode of a namespace that the agent could not open.
  public static final long UNSEEN = 0;

  public Attachment {
    ips = List.copyOf(ips);
    annotations = Map.copyOf(annotations);
  }

  /// One whose network nobody told.
  public Attachment(
      String containerId,
      String ifname,
      Path netns,
      long netnsInode,
      PodRef pod,
      List<InetAddress> ips,
      Map<String, String> annotations) {
    this(containerId, ifname, netns, netnsInode, pod, ips, annotations, "");
  }

  /// The key by which CNI repeats itself (CNI spec, "container ID" and `CNI_IFNAME`).
  public String id() {
    return id(containerId, ifname);
  }

  /// A container id for a Pod whose runtime left no trace of its own.
  public static String unnamed(PodRef pod) {
    return "pod-" + pod.uid();
  }

  /// Whether the agent could open its namespace when CNI told of it.
  public boolean isSeen() {
    return netnsInode != UNSEEN;
  }

  /// The same with other annotations of the Pod.
  public Attachment withAnnotations(Map<String, String> others) {
    return new Attachment(containerId, ifname, netns, netnsInode, pod, ips, others, network);
  }

  /// The key of an attachment that is known by name only.
  public static String id(String containerId, String ifname) {
    return containerId + "-" + ifname;
  }
}
