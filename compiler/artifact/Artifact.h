//===- Artifact.h - What an artifact holds, as plain data ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Mirrors runtime/schema/artifact.fbs, which says what each field means. Where
// things lie in the file, checksums and the lives of arena buffers are not
// here: the writer finds them.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_ARTIFACT_ARTIFACT_H
#define SWAGE_COMPILER_ARTIFACT_ARTIFACT_H

#include "compiler/artifact/Expression.h"
#include "compiler/weights/Payload.h"
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace swage::artifact {

struct WeightPart {
  std::string name;
  uint64_t rows = 0;
};

struct Weight {
  std::string name;
  std::vector<std::string> sources;
  std::vector<uint64_t> shape;
  std::string encoding;
  float bits = 0;
  std::string layout;
  /// Programs that share a payload share its bytes in the file.
  std::shared_ptr<const weights::Payload> payload;
  std::vector<WeightPart> parts;
};

struct Buffer {
  schema::BufferKind kind = schema::BufferKind::Arena;
  schema::Role role = schema::Role::None;
  std::string name;
  /// Absent for weights.
  std::optional<Expression> size;
  uint32_t weight = 0;
  uint64_t pageBytes = 0;
  uint64_t columns = 0, rowLength = 0;
  schema::Element element = schema::Element::F32;
  /// Absent if it is not said what the buffer holds.
  std::optional<Expression> rows;
};

struct Binding {
  uint32_t buffer = 0;
  bool writes = false;
  uint64_t offset = 0;
};

/// What a dispatch that reads the cache costs, see artifact.fbs.
struct CacheCost {
  uint64_t bytes = 0, multiplyAdds = 0;
  uint32_t window = 0;
  bool causal = true;
};

struct Dispatch {
  uint32_t kernel = 0;
  std::vector<Binding> bindings;
  std::vector<Expression> scalars;
  Expression grid;
  std::string name;
  std::optional<Expression> bytes, multiplyAdds;
  std::optional<CacheCost> cacheCost;
};

struct Barrier {};

using Command = std::variant<Dispatch, Barrier>;

struct Variant {
  uint32_t minRows = 1, maxRows = UINT32_MAX;
  /// Empty for entry points without a cache.
  std::string kvCache;
  std::vector<Buffer> buffers;
  std::vector<Command> commands;
};

struct EntryPoint {
  std::string name;
  std::vector<Variant> variants;
  bool wholeSequences = false;
};

struct Executable {
  std::string target;
  std::vector<std::string> features;
  uint32_t abiVersion = 0;
  /// For CPUs an ELF shared object.
  std::vector<uint8_t> code;
  std::vector<uint64_t> addresses;
};

struct Program {
  std::string device;
  /// In the order in which they are read; that is their order in the file.
  std::vector<Weight> weights;
  /// Names.
  std::vector<std::string> kernels;
  std::vector<Executable> executables;
  std::vector<EntryPoint> entryPoints;
  /// Where rotary phases depend on the length of a sequence.
  std::vector<uint32_t> positionLengths;
  uint32_t positionSpan = 0;
};

struct Section {
  std::string name;
  std::vector<uint8_t> bytes;
};

struct Artifact {
  std::string producer, architecture;
  uint32_t vocabSize = 0, maxPositions = 0, pagePositions = 0;
  int32_t bosToken = -1;
  std::vector<int32_t> eosTokens;
  std::vector<Program> programs;
  std::vector<Section> sections;
  std::vector<std::pair<std::string, std::string>> metadata;
  uint32_t tokenTypes = 0;
};

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_ARTIFACT_H
