package io.podstamp.stamp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.podstamp.config.HeaderMode;
import io.podstamp.config.HeaderNames;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.Profile;
import io.podstamp.config.StampRules;
import io.podstamp.config.ValueTemplate;
import io.podstamp.hpack.Literals;
import io.podstamp.metrics.Tally;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What requests of one Pod carry, as bytes: made once per Pod, and once per token; read by its
/// event loops.
///
/// A field whose value is not known, or is no legal field value, is not sent; its name stays
/// protected.
public final class Stamp {
  private static final ValueTemplate NO_VALUE = new ValueTemplate(List.of());

  private final Field[] fields;
  private final byte[] lines;
  private final int length;

  /// A bit for each length that a name has; those of 64 and more share the bits of shorter ones.
  private final long nameLengths;

  private final PodRef owner;
  private final List<String> refused;
  private final GuardedNames guarded;
  private final TokenState token;

  private enum TokenState {
    NOT_WANTED,
    SENT,
    MISSING
  }

  /// One configured header.
  ///
  /// @param header the name as configured
  /// @param companion whether its name is taken out of what is certain, and looked for nowhere else
  /// @param folded the name as [Octets#fold] leaves it
  /// @param lowerCase the name in lower case
  /// @param value what is sent; empty when nothing is
  /// @param line `Name: value` and its line end, for when no value of the client's joins it
  /// @param literalName the beginning of a literal of HTTP/2 that changes no table, up to its value
  /// @param literal all of that literal
  @SuppressWarnings("ArrayRecordComponent") // made once, never changed, never compared
  public record Field(
      String header,
      HeaderMode mode,
      boolean companion,
      byte[] name,
      byte[] folded,
      byte[] lowerCase,
      byte[] value,
      byte[] line,
      byte[] literalName,
      byte[] literal) {
    public boolean isSent() {
      return value.length > 0;
    }

    /// Whether that is its name, but for the case of letters, and not one that only passes for it.
    public boolean isNamed(ByteBuf bytes, int from, int to) {
      return Octets.equalsIgnoreCase(bytes, from, to, lowerCase);
    }

    /// Whether the tripwire looks for its name.
    boolean isGuarded(boolean guardAppended) {
      return !companion
          && switch (mode) {
            case SET, REMOVE -> true;
            case APPEND -> guardAppended;
            case IF_ABSENT -> false;
          };
    }

    /// Whether a field of the client's stays as it is: `if-absent` keeps it, but a name that only
    /// folds to ours goes in every mode.
    ///
    /// @param exact whether it has our name, letter for letter
    public boolean keepsClients(boolean exact) {
      return mode == HeaderMode.IF_ABSENT && exact;
    }

    /// Whether a value of the client's goes before ours, in one field.
    public boolean joinsClients(boolean exact) {
      return mode == HeaderMode.APPEND && exact;
    }

    /// Whether ours is sent by itself.
    ///
    /// @param clientHas whether a field of the client's was kept, or a value of its joined
    public boolean standsAlone(boolean clientHas) {
      return isSent()
          && switch (mode) {
            case REMOVE -> false;
            case SET -> true;
            case IF_ABSENT, APPEND -> !clientHas;
          };
    }
  }

  private Stamp(
      PodRef owner, Field[] fields, GuardedNames guarded, List<String> refused, TokenState token) {
    this.token = token;
    this.owner = owner;
    this.fields = fields;
    this.lines = linesThatStandAlone(fields);
    this.length = Arrays.stream(fields).mapToInt(field -> field.line().length).sum();
    this.nameLengths =
        Arrays.stream(fields)
            .mapToLong(field -> 1L << field.name().length)
            .reduce(0, (a, b) -> a | b);
    this.refused = refused;
    this.guarded = guarded;
  }

  /// Renders headers for a Pod, as profile transparent has them.
  public static Stamp render(List<HeaderRule> headers, PodIdentity identity) {
    return render(StampRules.of(headers, Profile.TRANSPARENT), identity);
  }

  /// Renders the rules for a Pod, for requests that carry no token.
  public static Stamp render(StampRules rules, PodIdentity identity) {
    return render(rules, identity, null, TokenState.NOT_WANTED);
  }

  /// The same for requests that carry a token.
  ///
  /// @param token null while there is none: what was to carry it is not sent
  public static Stamp renderSigned(StampRules rules, PodIdentity identity, @Nullable String token) {
    return render(rules, identity, token, token == null ? TokenState.MISSING : TokenState.SENT);
  }

  private static Stamp render(
      StampRules rules, PodIdentity identity, @Nullable String token, TokenState state) {
    List<String> refused = new ArrayList<>();
    Set<String> names = new HashSet<>();
    List<Field> fields = new ArrayList<>();
    for (HeaderRule rule : rules.headers()) {
      names.add(HeaderNames.folded(rule.name()));
      fields.add(field(rule, false, ValueRenderer.render(rule, identity), refused));
    }
    String tokenHeader = rules.tokenHeader();
    if (tokenHeader != null) {
      names.add(HeaderNames.folded(tokenHeader));
      HeaderRule rule = new HeaderRule(tokenHeader, NO_VALUE, HeaderMode.SET);
      fields.add(field(rule, false, token, refused));
    }
    for (String name : rules.removeAlso()) {
      if (names.add(HeaderNames.folded(name))) {
        HeaderRule rule = new HeaderRule(name, NO_VALUE, HeaderMode.REMOVE);
        fields.add(field(rule, true, null, refused));
      }
    }
    GuardedNames guarded = guarded(fields, rules.guardAppended());
    fields.replaceAll(field -> hidesName(field, guarded) ? unsent(field, refused) : field);
    return new Stamp(identity.ref(), fields.toArray(Field[]::new), guarded, refused, state);
  }

  private static GuardedNames guarded(List<Field> fields, boolean guardAppended) {
    return new GuardedNames(
        fields.stream()
            .filter(field -> field.isGuarded(guardAppended))
            .map(Field::folded)
            .toList());
  }

  /// A value may be a Pod author's: what must not leave in a client's line, since some server reads
  /// two lines there, must not leave in ours.
  private static boolean hidesName(Field field, GuardedNames guarded) {
    return guarded.hideIn(Unpooled.wrappedBuffer(field.value()), 0, field.value().length);
  }

  private static Field unsent(Field field, List<String> refused) {
    HeaderRule rule = new HeaderRule(field.header(), NO_VALUE, field.mode());
    refused.add(rule.name());
    return field(rule, field.companion(), null, refused);
  }

  private static Field field(
      HeaderRule rule, boolean companion, @Nullable String rendered, List<String> refused) {
    String value = rendered == null || rule.mode() == HeaderMode.REMOVE ? "" : rendered.strip();
    if (!ValueRenderer.isLegal(value)) {
      refused.add(rule.name());
      value = "";
    }
    byte[] name = ascii(rule.name());
    byte[] folded = name.clone();
    byte[] lowerCase = name.clone();
    for (int i = 0; i < name.length; i++) {
      folded[i] = Octets.fold(name[i]);
      lowerCase[i] = (byte) (name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    }
    byte[] literalName = literalName(lowerCase);
    return new Field(
        rule.name(),
        rule.mode(),
        companion,
        name,
        folded,
        lowerCase,
        ascii(value),
        ascii(rule.name() + ": " + value + "\r\n"),
        literalName,
        literal(literalName, ascii(value)));
  }

  private static byte[] literalName(byte[] name) {
    ByteBuf bytes = Unpooled.buffer();
    Literals.writeName(name, bytes);
    return ByteBufUtil.getBytes(bytes);
  }

  private static byte[] literal(byte[] literalName, byte[] value) {
    ByteBuf bytes = Unpooled.buffer().writeBytes(literalName);
    Literals.writeString(value, value.length, bytes);
    return ByteBufUtil.getBytes(bytes);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /// The names whose value could not be sent, for callers that ask why.
  public List<String> refused() {
    return List.copyOf(refused);
  }

  /// Tells of a request that went with this stamp.
  public void tellToken(Tally tally) {
    switch (token) {
      case NOT_WANTED -> {
        // Its receiver expects none.
      }
      case SENT -> tally.token(true);
      case MISSING -> tally.token(false);
    }
  }

  /// Whose requests carry it.
  public PodRef owner() {
    return owner;
  }

  /// Whether a value of the client's may stand in one line with others. One that leaves a quote
  /// open would swallow ours; one that hides a name may come to stand where a server reads two
  /// lines.
  public boolean mayJoin(ByteBuf value, int from, int to) {
    return !Octets.leavesQuoteOpen(value, from, to) && !guarded.hideIn(value, from, to);
  }

  /// The names that must not leave with a client's own value.
  public GuardedNames guarded() {
    return guarded;
  }

  private static byte[] linesThatStandAlone(Field[] fields) {
    ByteBuf lines = Unpooled.buffer();
    for (Field field : fields) {
      if (field.standsAlone(false)) {
        lines.writeBytes(field.line());
      }
    }
    return ByteBufUtil.getBytes(lines);
  }

  /// What a head gets whose client sent none of our names: whole lines.
  public byte[] lines() {
    return lines;
  }

  /// The most bytes that a head gets.
  public int length() {
    return length;
  }

  /// How many headers are configured.
  public int size() {
    return fields.length;
  }

  /// One of them.
  public Field field(int index) {
    return fields[index];
  }

  /// Which field a name on the wire is; -1 if it is none of ours.
  ///
  /// @param plain whether it is of letters, digits and `-` only; else it may still pass for one
  public int indexOf(ByteBuf bytes, int from, int to, boolean plain) {
    if (plain && (nameLengths & 1L << (to - from)) == 0) {
      return -1;
    }
    for (int i = 0; i < fields.length; i++) {
      if (plain
          ? Octets.equalsFolded(bytes, from, to, fields[i].folded)
          : Octets.passesFor(bytes, from, to, fields[i].folded)) {
        return i;
      }
    }
    return -1;
  }

  /// Whether that is the name of a field, or passes for one.
  public boolean isName(ByteBuf bytes, int from, int to) {
    return indexOf(bytes, from, to, Octets.plainEnd(bytes, from, to) == to) >= 0;
  }

  /// Which field a name is that is at the beginning of an array.
  public int indexOf(byte[] name, int length) {
    for (int i = 0; i < fields.length; i++) {
      if (Octets.passesFor(name, length, fields[i].folded)) {
        return i;
      }
    }
    return -1;
  }

  /// Whether a name on the wire may pass for one of the headers; companion names are none.
  public boolean hasHeader(ByteBuf bytes, int from, int to) {
    int index = indexOf(bytes, from, to, false);
    return index >= 0 && !fields[index].companion;
  }
}
