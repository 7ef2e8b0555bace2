//===- Artifact.h - A mapped artifact whose table has been checked --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_ARTIFACT_H
#define SWAGE_RUNTIME_CORE_ARTIFACT_H

#include "runtime/core/Memory.h"
#include "runtime/schema/artifact_generated.h"
#include "swage/linked.h"

namespace swage::runtime {

/// The bytes of an artifact. After `open...` succeeded, every index, offset and
/// expression in the table can be used without a check.
class Artifact {
public:
  Artifact() = default;
  Artifact(const Artifact &) = delete;
  Artifact &operator=(const Artifact &) = delete;
  ~Artifact();

  Code openFile(const char *path, swage_status_t *status);
  Code openMemory(const void *data, uint64_t size, swage_status_t *status);

  const schema::Artifact &table() const { return *root; }
  const schema::Segment &segment(uint32_t index) const {
    return *root->segments()->Get(index);
  }
  const uint8_t *segmentData(uint32_t index) const {
    return bytes + segment(index).offset();
  }
  const uint8_t *weightData(const schema::Weight &weight) const {
    return segmentData(weight.segment()) + weight.offset();
  }
  /// What tells this artifact from others: its size, and the checksum of its
  /// table, which holds the checksums of everything else.
  uint64_t fileSize() const { return size; }
  uint32_t tableChecksum() const { return checksum; }
  /// The open file, or -1 if the artifact came from memory.
  int file() const { return descriptor; }

  /// Where the kernels are part of the program; null if the artifact has them.
  const swage_linked_model_t *linkedModel() const {
    return linked.artifact ? &linked : nullptr;
  }
  void setLinkedModel(const swage_linked_model_t &model) { linked = model; }

private:
  Code check(swage_status_t *status);

  const uint8_t *bytes = nullptr;
  uint64_t size = 0;
  uint32_t checksum = 0;
  int descriptor = -1;
  bool mapped = false;
  const schema::Artifact *root = nullptr;
  swage_linked_model_t linked = {};
};

/// Checks what the schema's types cannot say: all indices, ranges, alignments
/// and expressions.
Code checkTable(const schema::Artifact &table, uint64_t tableEnd,
                uint64_t fileSize, swage_status_t *status);

/// The part of checkTable for one program.
Code checkProgram(const schema::Artifact &table, size_t programIndex,
                  swage_status_t *status);

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_ARTIFACT_H
