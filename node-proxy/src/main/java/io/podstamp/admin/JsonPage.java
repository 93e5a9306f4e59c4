package io.podstamp.admin;

import io.podstamp.config.Cidr;
import io.podstamp.config.Labels;
import io.podstamp.config.ValueTemplate;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.function.Supplier;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/// Whatever is in memory, as JSON: records member by member, and what has a notation of its own in
/// that. For people who look into an agent; only `/pods` is a contract.
public final class JsonPage implements AdminServer.Page {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(Cidr.class, new AsText<>(Cidr::toString))
                  .addSerializer(ValueTemplate.class, new AsText<>(ValueTemplate::text))
                  .addSerializer(InetAddress.class, new AsText<>(InetAddress::getHostAddress))
                  .addSerializer(Path.class, new AsText<>(Path::toString))
                  .addSerializer(Enum.class, new AsText<>(Labels::dashed)))
          .build();

  private final Supplier<Object> content;

  public JsonPage(Supplier<Object> content) {
    this.content = content;
  }

  @Override
  public AdminServer.Answer answer() {
    return answer(content.get());
  }

  /// The same for something that was asked for.
  public static AdminServer.Answer answer(Object content) {
    return AdminServer.Answer.json(JSON.writeValueAsString(content));
  }

  private interface Notation<T> {
    String of(T value);
  }

  private static final class AsText<T> extends ValueSerializer<T> {
    private final Notation<T> notation;

    private AsText(Notation<T> notation) {
      this.notation = notation;
    }

    @Override
    public void serialize(T value, JsonGenerator json, SerializationContext context) {
      json.writeString(notation.of(value));
    }
  }
}
