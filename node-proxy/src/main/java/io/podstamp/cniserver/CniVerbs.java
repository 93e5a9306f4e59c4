package io.podstamp.cniserver;

import io.podstamp.capture.Reconciler;
import io.podstamp.cni.CniArgs;
import io.podstamp.cni.CniErrorCode;
import io.podstamp.cni.CniException;
import io.podstamp.cni.Invocation;
import io.podstamp.cni.NetConf;
import io.podstamp.config.Profile;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.netns.Netns;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import io.podstamp.wire.Reply;
import io.podstamp.wire.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What each CNI verb does on this node. Only a Pod that must not run unstamped (profile strict) is
/// ever refused for our own trouble.
public final class CniVerbs {
  private static final Logger log = LoggerFactory.getLogger(CniVerbs.class);

  private final Reconciler reconciler;
  private final NodeMetrics metrics;

  public CniVerbs(Reconciler reconciler, NodeMetrics metrics) {
    this.reconciler = reconciler;
    this.metrics = metrics;
  }

  /// Answers one call; every failure is an answer too.
  public Reply answer(Request request) {
    long beganNanos = System.nanoTime();
    String verb = "invalid";
    Reply reply;
    try {
      Invocation invocation = Invocation.parse(request.environment());
      verb = invocation.command().name();
      reply = answerOrRefuse(invocation, request.stdin());
    } catch (CniException e) {
      log.warn("CNI {}: {}", request.environment().getOrDefault("CNI_COMMAND", ""), e.getMessage());
      reply = e.reply(NetConf.versionOf(request.stdin()));
    }
    metrics.cniAnswered(verb, reply.exitCode(), Duration.ofNanos(System.nanoTime() - beganNanos));
    return reply;
  }

  private Reply answerOrRefuse(Invocation invocation, byte[] stdin) {
    CniException refusal;
    try {
      return answer(invocation, stdin);
    } catch (CniException e) {
      log.warn("CNI {}: {}", invocation.command(), e.getMessage());
      refusal = e;
    } catch (RuntimeException e) {
      log.error("CNI {}: not answered as it should be", invocation.command(), e);
      refusal =
          new CniException(
              CniErrorCode.INTERNAL, "podstamp: " + e, "the agent's log tells more", e);
    }
    return invocation.command().failsOn(refusal.code())
        ? refusal.reply(NetConf.versionOf(stdin))
        : Reply.silence();
  }

  private Reply answer(Invocation invocation, byte[] stdin) throws CniException {
    // A DEL is never refused for a broken configuration: that would wedge the Pod's teardown.
    if (invocation instanceof Invocation.Del del) {
      return del(del);
    }
    NetConf conf = NetConf.parse(stdin);
    conf.requireHas(invocation.command());
    return switch (invocation) {
      case Invocation.Add add -> add(add, conf);
      case Invocation.Check check -> check(check);
      case Invocation.Del del -> del(del);
      case Invocation.Gc gc -> collect(conf);
      // Never our own trouble: the runtime would report the whole Node NotReady.
      case Invocation.Status status -> Reply.silence();
    };
  }

  private Reply add(Invocation.Add add, NetConf conf) throws CniException {
    Reply passThrough = conf.passThrough();
    CniArgs args = add.args();
    if (args.podNamespace() == null || args.podName() == null) {
      // Not a Pod; this release's plugin does not even ask.
      return passThrough;
    }
    Path netns = Path.of(add.netns());
    Attachment attachment =
        new Attachment(
            add.containerId(),
            add.ifname(),
            netns,
            inode(netns),
            new PodRef(args.podNamespace(), args.podName(), orEmpty(args.podUid())),
            CniDocuments.ips(conf.prevResult()),
            CniDocuments.podAnnotations(conf.runtimeConfig()),
            conf.name());
    try {
      reconciler.attach(attachment);
    } catch (IOException | RuntimeException e) {
      log.warn("{}: not captured at its creation: {}", attachment.pod(), e.getMessage());
      if (reconciler.profile(attachment) == Profile.STRICT) {
        throw new CniException(
            CniErrorCode.TRY_AGAIN_LATER,
            attachment.pod() + " cannot be captured, and its profile is strict",
            String.valueOf(e.getMessage()),
            e);
      }
    }
    return passThrough;
  }

  /// Whether the namespace can be seen from here matters only to Pods that are to be captured:
  /// their owner tells.
  private static long inode(Path netns) {
    try (Netns opened = Netns.openPod(netns)) {
      return opened.id().inode();
    } catch (IOException e) {
      return Attachment.UNSEEN;
    }
  }

  private Reply del(Invocation.Del del) {
    try {
      reconciler.detach(Attachment.id(del.containerId(), del.ifname()));
    } catch (IOException e) {
      log.warn("CNI DEL {}: {}", del.containerId(), e.getMessage());
    }
    return Reply.silence();
  }

  /// CRI-O asks about every Pod when it starts, and right after each ADD, and what is refused it
  /// kills: so nothing is that ADD would not have refused.
  private Reply check(Invocation.Check check) throws CniException {
    String id = Attachment.id(check.containerId(), check.ifname());
    String wrong = reconciler.check(id);
    if (wrong == null) {
      return Reply.silence();
    }
    if (reconciler.mayRunUnstamped(id)) {
      log.warn("CNI CHECK {}: {}", id, wrong);
      return Reply.silence();
    }
    throw new CniException(
        CniErrorCode.BROKEN_ATTACHMENT, wrong, "podstamp explain NAMESPACE/POD says more");
  }

  private Reply collect(NetConf conf) {
    if (conf.validAttachments() != null) {
      Set<String> valid = CniDocuments.attachmentIds(conf.validAttachments());
      reconciler.detachAllBut(conf.name(), valid);
    }
    return Reply.silence();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
