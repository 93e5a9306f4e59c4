package io.podstamp.capture;

import io.podstamp.store.AttachmentStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/// The disk of a Node in the model.
final class ModelStore {
  private final ModelFaults faults;
  private final List<String> violations;
  private final Map<String, AttachmentStore.Stored> files = new LinkedHashMap<>();

  /// @param violations told of what agents must not do
  ModelStore(ModelFaults faults, List<String> violations) {
    this.faults = faults;
    this.violations = violations;
  }

  Map<String, AttachmentStore.Stored> files() {
    return files;
  }

  private interface Change {
    void make();
  }

  /// The disk as one agent reaches it.
  ///
  /// @param mayWrite asked at each write
  AttachmentStore of(BooleanSupplier mayWrite) {
    return new AttachmentStore() {
      private final Set<String> beingWritten = new HashSet<>();

      @Override
      public void put(Stored stored) throws IOException {
        write(stored.attachment().id(), () -> files.put(stored.attachment().id(), stored));
      }

      @Override
      public void remove(String id) throws IOException {
        write(id, () -> files.remove(id));
      }

      private void write(String id, Change change) throws IOException {
        if (!beingWritten.add(id)) {
          violations.add("two threads write one file at once");
        }
        try {
          faults.step("disk, nothing written");
          if (!mayWrite.getAsBoolean()) {
            violations.add("a retired agent writes the store");
          }
          change.make();
          faults.step("disk, written");
        } finally {
          beingWritten.remove(id);
        }
      }

      @Override
      public List<Stored> load() throws IOException {
        faults.step("disk, read");
        return new ArrayList<>(files.values());
      }
    };
  }
}
