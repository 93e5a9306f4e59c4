package io.podstamp.kubernetes;

import io.podstamp.identity.PodRecord;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The Pods of one Node by UID, name and address. Addresses and names are reused, and events about
/// the old and the new owner come in any order; so after each event the owner is worked out anew
/// from all records: [PodRecord#CLAIM]. A Node has a few hundred Pods, and events are rare.
///
/// Reading is lock-free.
final class PodIndex {
  private final Map<String, PodRecord> byUid = new ConcurrentHashMap<>();
  private final Map<InetAddress, PodRecord> byIp = new ConcurrentHashMap<>();
  private final Map<Name, PodRecord> byName = new ConcurrentHashMap<>();

  private record Name(String namespace, String name) {}

  @Nullable PodRecord byUid(String uid) {
    return byUid.get(uid);
  }

  @Nullable PodRecord byIp(InetAddress ip) {
    return byIp.get(ip);
  }

  @Nullable PodRecord byName(String namespace, String name) {
    return byName.get(new Name(namespace, name));
  }

  Collection<PodRecord> all() {
    return Collections.unmodifiableCollection(byUid.values());
  }

  /// Takes in what is known of a Pod now; whether that is news.
  synchronized boolean put(PodRecord record) {
    PodRecord before = byUid.put(record.ref().uid(), record);
    if (record.equals(before)) {
      return false;
    }
    settle(before, record);
    return true;
  }

  /// Forgets a Pod; whether it was known.
  synchronized boolean remove(String uid) {
    PodRecord before = byUid.remove(uid);
    settle(before, null);
    return before != null;
  }

  private void settle(@Nullable PodRecord before, @Nullable PodRecord after) {
    Set<InetAddress> ips = new HashSet<>();
    Set<Name> names = new HashSet<>();
    for (PodRecord record : new PodRecord[] {before, after}) {
      if (record != null) {
        ips.addAll(record.ips());
        names.add(nameOf(record));
      }
    }
    ips.forEach(ip -> settle(byIp, ip, record -> record.holds(ip)));
    names.forEach(name -> settle(byName, name, record -> nameOf(record).equals(name)));
  }

  private <K> void settle(Map<K, PodRecord> index, K key, Predicate<PodRecord> claims) {
    byUid.values().stream()
        .filter(claims)
        .max(PodRecord.CLAIM)
        .ifPresentOrElse(owner -> index.put(key, owner), () -> index.remove(key));
  }

  private static Name nameOf(PodRecord record) {
    return new Name(record.ref().namespace(), record.ref().name());
  }
}
