//===- ArtifactInput.h - Artifacts as inputs of a fuzzer --------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The first byte of an input says what the rest is: an even one, the table of
// an artifact, whose checksums are made right, since no mutation would get past
// them; 255, header and table as they are; any other, the code.
//
// An artifact's code is trusted, so code that was mutated is loaded and never
// run. Tables are those of a linked model instead: their kernels do nothing,
// and the schedule is run with an observer that looks at what it is shown. So
// the inputs do not depend on what a compiler makes of the toy's kernels.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_FUZZ_ARTIFACTINPUT_H
#define SWAGE_TEST_FUZZ_ARTIFACTINPUT_H

#include "ToyModel.h"
#include "runtime/schema/header.h"
#include <algorithm>
#include <cstring>
#include <elf.h>

namespace swage::test {

/// The toy model as it is linked, without code. What dispatches write says what
/// it holds.
inline toy::Model linkedModel(bool isEncoder) {
  using namespace toy;
  Model model;
  if (isEncoder)
    model.makeEncoder();
  model.segments[0].clear();
  for (auto &variant : model.program().entry_points[0]->variants)
    for (auto &buffer : variant->buffers) {
      if (buffer->kind != BufferKind::Arena &&
          buffer->kind != BufferKind::Result)
        continue;
      buffer->rows = Ex(buffer->role == Role::Logits   ? Symbol::LogitRows
                        : buffer->role == Role::Pooled ? Symbol::Sequences
                                                       : Symbol::Rows);
      buffer->columns = kColumns;
      buffer->row_length = kRowLength;
    }
  return model;
}

class ArtifactInput {
public:
  ArtifactInput(const uint8_t *data, size_t size)
      : isLinked(data[0] == 255 || data[0] % 2 == 0), file(make(data, size)) {}

  /// Loads the artifact, and runs it if that may be done.
  swage_status_code_t use(swage_device_t *device, swage_status_t *status) {
    swage_module_t *module = nullptr;
    swage_session_t *session = nullptr;
    swage_status_code_t code = load(device, &module, status);
    if (!code)
      code = swage_session_create(module, nullptr, &session, status);
    if (!code && isLinked)
      code = run(session, status);
    swage_session_destroy(session);
    swage_module_destroy(module);
    return code;
  }

  /// Results that dispatches showed.
  size_t seen = 0;

private:
  static toy::Aligned make(const uint8_t *data, size_t size) {
    uint8_t what = *data++;
    --size;
    if (what != 255 && what % 2)
      return toy::Aligned(withCode(data, size));
    static const std::vector<uint8_t> whole = linkedModel(false).write();
    std::vector<uint8_t> bytes = whole;
    size_t start = what == 255 ? 0 : toy::kHeaderSize;
    size = std::min<size_t>(size, toy::kSegmentAlignment - start);
    std::copy(data, data + size, bytes.begin() + ptrdiff_t(start));
    if (what != 255) {
      toy::Header header;
      header.fileSize = bytes.size();
      header.tableSize = size;
      toy::writeHeader(header, bytes.data());
      toy::reseal(bytes.data());
    }
    return toy::Aligned(bytes);
  }

  static std::vector<uint8_t> withCode(const uint8_t *data, size_t size) {
    toy::Model model;
    model.segments[0].assign(data,
                             data + std::min(size, toy::kSegmentAlignment));
    for (uint64_t &address : model.program().executables[0]->addresses)
      address = startOfCode(model.segments[0]);
    return model.write();
  }

  /// Where the code of an ELF begins; 0 if it has none.
  static uint64_t startOfCode(const std::vector<uint8_t> &elf) {
    Elf64_Ehdr header;
    if (elf.size() < sizeof(header))
      return 0;
    std::memcpy(&header, elf.data(), sizeof(header));
    for (uint64_t i = 0; i < header.e_phnum; ++i) {
      Elf64_Phdr part;
      uint64_t at = header.e_phoff + i * sizeof(part);
      if (at > elf.size() || elf.size() - at < sizeof(part))
        return 0;
      std::memcpy(&part, elf.data() + at, sizeof(part));
      if (part.p_type == PT_LOAD && (part.p_flags & PF_X))
        return part.p_vaddr;
    }
    return 0;
  }

  swage_status_code_t load(swage_device_t *device, swage_module_t **module,
                           swage_status_t *status) const {
    if (!isLinked)
      return swage_module_load_memory(device, file.data(), file.size(), module,
                                      status);
    static const swage_cpu_kernel_t idle = [](const swage_cpu_dispatch_t *,
                                              uint64_t, uint64_t) {};
    static const swage_cpu_kernel_t kernels[] = {idle, idle, idle,
                                                 idle, idle, idle};
    static const swage_cpu_kernel_t *const executables[] = {kernels};
    swage_status_code_t code = SWAGE_OK;
    // The toy models have as many kernels as this; see LinkedTest.cpp for other
    // numbers.
    for (size_t count : {4, 6}) {
      swage_linked_model_t model = {sizeof(model), file.data(), file.size(),
                                    executables,   1,           count};
      code = swage_module_create_linked(device, &model, module, status);
      if (code != SWAGE_INVALID_ARGUMENT)
        break;
    }
    return code;
  }

  swage_status_code_t run(swage_session_t *session, swage_status_t *status) {
    swage_session_set_observer(
        session,
        [](void *self, const swage_dispatch_event_t *event) {
          static_cast<ArtifactInput *>(self)->look(*event);
        },
        this);
    const int32_t tokens[] = {1, 2, 3};
    if (swage_session_info(session)->whole_sequences) {
      const uint32_t length = 3;
      swage_texts_t texts = {};
      texts.size = sizeof(texts);
      texts.tokens = tokens;
      texts.row_count = 3;
      texts.lengths = &length;
      texts.text_count = 1;
      return swage_session_encode(session, &texts, nullptr, 0, status);
    }
    swage_sequence_t id;
    swage_status_code_t code = swage_sequence_create(session, &id, status);
    for (size_t count : {3, 1})
      if (!code)
        code =
            swage_session_append(session, id, tokens, count, nullptr, status);
    return code;
  }

  /// Reads both ends of what a dispatch shows.
  void look(const swage_dispatch_event_t &event) {
    static volatile uint8_t sum;
    for (size_t i = 0; i < event.result_count; ++i) {
      const swage_tensor_t &result = event.results[i];
      if (result.rows == 0)
        continue;
      // "u8", "f16" and "bf16", "f32" and "i32".
      size_t element = std::strchr(result.element, '8')   ? 1
                       : std::strchr(result.element, '6') ? 2
                                                          : 4;
      size_t last = (result.rows - 1) * result.row_length + result.columns - 1;
      const auto *bytes = static_cast<const uint8_t *>(result.data);
      sum = sum + bytes[0] + bytes[last * element + element - 1];
      ++seen;
    }
  }

  bool isLinked;
  toy::Aligned file;
};

} // namespace swage::test

#endif // SWAGE_TEST_FUZZ_ARTIFACTINPUT_H
