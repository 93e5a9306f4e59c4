package io.podstamp.nftables;

/// Numbers of `linux/netfilter/nf_tables.h` that both directions use; those of expressions are with
/// each [Expression].
final class Uapi {
  /// `NFNL_SUBSYS_NFTABLES`
  static final int SUBSYSTEM = 10;

  /// `NFPROTO_INET`
  static final int INET = 1;

  static final int NEWTABLE = SUBSYSTEM << 8;
  static final int GETTABLE = SUBSYSTEM << 8 | 1;
  static final int DELTABLE = SUBSYSTEM << 8 | 2;
  static final int NEWCHAIN = SUBSYSTEM << 8 | 3;
  static final int GETCHAIN = SUBSYSTEM << 8 | 4;
  static final int NEWRULE = SUBSYSTEM << 8 | 6;
  static final int GETRULE = SUBSYSTEM << 8 | 7;
  static final int NEWSET = SUBSYSTEM << 8 | 9;
  static final int GETSET = SUBSYSTEM << 8 | 10;
  static final int NEWSETELEM = SUBSYSTEM << 8 | 12;
  static final int GETSETELEM = SUBSYSTEM << 8 | 13;
  static final int DELSETELEM = SUBSYSTEM << 8 | 14;
  static final int GETGEN = SUBSYSTEM << 8 | 16;
  static final int NEWOBJ = SUBSYSTEM << 8 | 18;
  static final int GETOBJ = SUBSYSTEM << 8 | 19;

  /// The first attribute of chains, rules, sets, lists of elements and objects: the table's name.
  static final int TABLE = 1;

  static final int TABLE_NAME = 1;
  static final int TABLE_FLAGS = 2;

  static final int CHAIN_NAME = 3;
  static final int CHAIN_HOOK = 4;
  static final int CHAIN_POLICY = 5;
  static final int CHAIN_TYPE = 7;
  static final int HOOK_HOOKNUM = 1;
  static final int HOOK_PRIORITY = 2;

  static final int RULE_CHAIN = 2;
  static final int RULE_EXPRESSIONS = 4;
  static final int EXPR_NAME = 1;
  static final int EXPR_DATA = 2;

  /// `NFTA_LIST_ELEM`
  static final int LIST_ELEM = 1;

  static final int SET_NAME = 2;
  static final int SET_FLAGS = 3;
  static final int SET_KEY_TYPE = 4;
  static final int SET_KEY_LEN = 5;
  static final int SET_DESC = 9;
  static final int SET_ID = 10;
  static final int SET_USERDATA = 13;
  static final int SET_DESC_SIZE = 1;

  static final int ELEM_LIST_SET = 2;
  static final int ELEM_LIST_ELEMENTS = 3;
  static final int ELEM_KEY = 1;
  static final int ELEM_FLAGS = 3;
  static final int ELEM_TIMEOUT = 4;
  static final int ELEM_USERDATA = 6;
  static final int ELEM_EXPR = 7;
  static final int ELEM_F_INTERVAL_END = 1;
  static final int DATA_VALUE = 1;

  static final int OBJ_NAME = 2;
  static final int OBJ_TYPE = 3;
  static final int OBJ_DATA = 4;
  static final int OBJECT_COUNTER = 1;
  static final int COUNTER_BYTES = 1;
  static final int COUNTER_PACKETS = 2;

  static final int GEN_ID = 1;

  private Uapi() {}

  /// `nftables: set podstamp/lease`
  static String subject(String kind, String table, String name) {
    return "nftables: " + kind + " " + table + "/" + name;
  }

  static String subject(String table) {
    return "nftables: table " + table;
  }
}
