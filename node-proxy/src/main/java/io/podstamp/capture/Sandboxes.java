package io.podstamp.capture;

import io.podstamp.pod.Attachment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Sandboxes with several interfaces, for each of which CNI tells of an attachment. What is done to
/// a network namespace is done for all of them, so the first one stands for the others until it
/// goes.
final class Sandboxes {
  /// By container id; the first in each list stands for the others.
  private final Map<String, List<Attachment>> attachments = new ConcurrentHashMap<>();

  /// CNI, or what an agent before wrote down, told of this one.
  ///
  /// @return whether it stands for its sandbox
  boolean enter(Attachment told) {
    List<Attachment> all =
        attachments.compute(
            told.containerId(),
            (_, before) -> {
              List<Attachment> now = before == null ? new ArrayList<>() : new ArrayList<>(before);
              int known = now.stream().map(Attachment::id).toList().indexOf(told.id());
              if (known < 0) {
                now.add(told);
              } else {
                now.set(known, told);
              }
              return List.copyOf(now);
            });
    return all.getFirst().id().equals(told.id());
  }

  /// This one has gone.
  ///
  /// @return the one that stands for its sandbox from now on; null if there is none or that does
  ///   not change
  @Nullable Attachment leave(String id) {
    for (List<Attachment> all : attachments.values()) {
      if (all.stream().anyMatch(attachment -> attachment.id().equals(id))) {
        boolean wasFirst = all.getFirst().id().equals(id);
        List<Attachment> rest =
            without(all.getFirst().containerId(), attachment -> attachment.id().equals(id));
        return wasFirst && !rest.isEmpty() ? rest.getFirst() : null;
      }
    }
    return null;
  }

  /// Of those that stand for no sandbox only the valid ones stay.
  void retain(String network, Set<String> valid) {
    for (List<Attachment> all : attachments.values()) {
      String first = all.getFirst().id();
      without(
          all.getFirst().containerId(),
          attachment ->
              attachment.network().equals(network)
                  && !valid.contains(attachment.id())
                  && !attachment.id().equals(first));
    }
  }

  private List<Attachment> without(String container, Predicate<Attachment> gone) {
    List<Attachment> rest =
        attachments.computeIfPresent(
            container,
            (_, all) -> {
              List<Attachment> left =
                  all.stream().filter(attachment -> !gone.test(attachment)).toList();
              return left.isEmpty() ? null : left;
            });
    return rest == null ? List.of() : rest;
  }
}
