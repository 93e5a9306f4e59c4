package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.wire.Reply;
import java.util.List;
import org.junit.jupiter.api.Test;

class CniExceptionTest {
  @Test
  void reply_withoutDetails_leavesThemOut() {
    assertThat(text(new CniException(CniErrorCode.IO_FAILURE, "gone")))
        .isEqualTo("{\"cniVersion\":\"0.4.0\",\"code\":5,\"msg\":\"gone\"}");
  }

  @Test
  void reply_anyCharacter_isValidJson() throws JsonScanner.SyntaxException {
    StringBuilder nasty = new StringBuilder("😀é\ud800 \udc00\ud83d");
    for (char c = 0; c < 0x100; c++) {
      nasty.append(c);
    }
    String json = text(new CniException(CniErrorCode.INTERNAL, "m", nasty.toString()));
    RawJson details = JsonMembers.scan(json.getBytes(UTF_8), List.of("details")).get("details");
    assertThat(details).isNotNull().extracting(RawJson::string).isEqualTo(nasty.toString());
    assertThat(json).doesNotContain("\n").contains("\\u0000", "\\ud800", "\\\"", "\\\\", "😀é");
  }

  private static String text(CniException exception) {
    Reply reply = exception.reply(CniVersion.V0_4_0);
    assertThat(reply.exitCode()).isEqualTo(1);
    return new String(reply.stdout(), UTF_8);
  }
}
