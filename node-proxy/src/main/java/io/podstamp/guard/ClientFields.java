package io.podstamp.guard;

import io.podstamp.config.HeaderMode;
import io.podstamp.metrics.Tally;
import io.podstamp.stamp.Stamp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is told of a request that came with a field of the stamp. Whoever sends one is a forger, or
/// a proxy that passes on what it was sent: the operator has to know before its callers' addresses
/// are missed.
public final class ClientFields {
  private static final Logger log = LoggerFactory.getLogger(ClientFields.class);

  private ClientFields() {}

  /// Counts one, and says so once for each Pod and header; called once a request for each field.
  public static void tell(Stamp stamp, Stamp.Field field, Tally tally) {
    boolean first = tally.clientSent(field.header(), field.mode());
    if (first && field.mode() == HeaderMode.SET) {
      log.info(
          "{}: sends {} itself, which is removed; if it is a proxy, see podstamp explain {}."
              + " Further ones are counted only",
          stamp.owner(),
          field.header(),
          stamp.owner());
    }
  }
}
