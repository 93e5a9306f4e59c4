package io.podstamp.netns;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The netlink bytes of a lease: batches of set-element messages, and the question which generation
/// of rules a namespace is at (`linux/netlink.h`, `linux/netfilter/nfnetlink.h`,
/// `linux/netfilter/nf_tables.h`).
///
/// A plain add of a live element returns success and does not refresh its timeout, so a renewal is
/// add, delete, add in one transaction; the first add makes the delete succeed after an expiry.
final class LeaseMessages {
  private static final int NFNL_MSG_BATCH_BEGIN = 0x10;
  private static final int NFNL_MSG_BATCH_END = 0x11;
  private static final int NFNL_SUBSYS_NFTABLES = 10;
  private static final int NFT_MSG_NEWSETELEM = NFNL_SUBSYS_NFTABLES << 8 | 12;
  private static final int NFT_MSG_DELSETELEM = NFNL_SUBSYS_NFTABLES << 8 | 14;
  private static final int NFT_MSG_NEWGEN = NFNL_SUBSYS_NFTABLES << 8 | 15;
  private static final int NFT_MSG_GETGEN = NFNL_SUBSYS_NFTABLES << 8 | 16;

  private static final int NLM_F_ACK = 0x4;
  private static final int NLM_F_CREATE = 0x400;

  private static final int NFTA_SET_ELEM_LIST_TABLE = 1;
  private static final int NFTA_SET_ELEM_LIST_SET = 2;
  private static final int NFTA_SET_ELEM_LIST_ELEMENTS = 3;
  private static final int NFTA_LIST_ELEM = 1;
  private static final int NFTA_SET_ELEM_KEY = 1;
  private static final int NFTA_SET_ELEM_TIMEOUT = 4;
  private static final int NFTA_DATA_VALUE = 1;
  private static final int NFTA_GEN_ID = 1;

  private static final byte NFPROTO_UNSPEC = 0;
  private static final byte NFPROTO_INET = 1;
  private static final byte IPPROTO_TCP = 6;

  private LeaseMessages() {}

  static byte[] renewal(long timeoutMillis) {
    ByteBuffer batch = begin();
    element(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, timeoutMillis);
    element(batch, NFT_MSG_DELSETELEM, 0, 0);
    element(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_ACK, timeoutMillis);
    return end(batch);
  }

  static byte[] revocation() {
    ByteBuffer batch = begin();
    element(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, 1000);
    element(batch, NFT_MSG_DELSETELEM, NLM_F_ACK, 0);
    return end(batch);
  }

  static byte[] generationQuestion() {
    ByteBuffer question = buffer();
    int start = Netlink.message(question, NFT_MSG_GETGEN, 0, NFPROTO_UNSPEC, 0);
    question.putInt(start, question.position() - start);
    return written(question);
  }

  /// The generation in an answer.
  ///
  /// @throws IllegalArgumentException when it is no such answer
  static int generation(ByteBuffer answer) {
    int attribute = Netlink.HEADER_LENGTH + Netlink.GENERIC_LENGTH;
    if (answer.remaining() < attribute + 8
        || answer.getShort(4) != NFT_MSG_NEWGEN
        || answer.getShort(attribute + 2) != NFTA_GEN_ID) {
      throw new IllegalArgumentException("netlink answer (expected: a generation of rules)");
    }
    return answer.duplicate().order(ByteOrder.BIG_ENDIAN).getInt(attribute + 4);
  }

  /// The largest errno among the answers in a datagram; 0 when there are only acknowledgements.
  static int errno(ByteBuffer answers) {
    int errno = 0;
    while (answers.remaining() >= Netlink.HEADER_LENGTH) {
      int start = answers.position();
      int length = answers.getInt(start);
      if (answers.getShort(start + 4) == Netlink.NLMSG_ERROR
          && answers.remaining() >= Netlink.HEADER_LENGTH + 4) {
        errno = Math.max(errno, -answers.getInt(start + Netlink.HEADER_LENGTH));
      }
      answers.position(
          Math.min(
              answers.limit(), start + Math.max(Netlink.HEADER_LENGTH, Netlink.align(length))));
    }
    return errno;
  }

  private static ByteBuffer begin() {
    ByteBuffer batch = buffer();
    int start =
        Netlink.message(batch, NFNL_MSG_BATCH_BEGIN, 0, NFPROTO_UNSPEC, NFNL_SUBSYS_NFTABLES);
    batch.putInt(start, batch.position() - start);
    return batch;
  }

  private static byte[] end(ByteBuffer batch) {
    int start = Netlink.message(batch, NFNL_MSG_BATCH_END, 0, NFPROTO_UNSPEC, NFNL_SUBSYS_NFTABLES);
    batch.putInt(start, batch.position() - start);
    return written(batch);
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());
  }

  private static byte[] written(ByteBuffer batch) {
    byte[] bytes = new byte[batch.position()];
    batch.flip().get(bytes);
    return bytes;
  }

  private static void element(ByteBuffer batch, int type, int flags, long timeoutMillis) {
    int message = Netlink.message(batch, type, flags, NFPROTO_INET, 0);
    Netlink.text(batch, NFTA_SET_ELEM_LIST_TABLE, RedirectRules.TABLE);
    Netlink.text(batch, NFTA_SET_ELEM_LIST_SET, RedirectRules.LEASE_SET);
    int elements = Netlink.open(batch, NFTA_SET_ELEM_LIST_ELEMENTS);
    int element = Netlink.open(batch, NFTA_LIST_ELEM);
    int key = Netlink.open(batch, NFTA_SET_ELEM_KEY);
    Netlink.attribute(batch, NFTA_DATA_VALUE, new byte[] {IPPROTO_TCP});
    Netlink.close(batch, key);
    if (timeoutMillis > 0) {
      Netlink.attribute(
          batch, NFTA_SET_ELEM_TIMEOUT, ByteBuffer.allocate(8).putLong(timeoutMillis).array());
    }
    Netlink.close(batch, element);
    Netlink.close(batch, elements);
    batch.putInt(message, batch.position() - message);
  }
}
