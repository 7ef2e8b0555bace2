//===- ArtifactView.h - An artifact's table, for those who look inside ----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_ARTIFACTVIEW_H
#define SWAGE_COMPILER_TOOLS_SWAGE_ARTIFACTVIEW_H

#include "runtime/schema/artifact_generated.h"
#include "runtime/schema/header.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <string>

namespace swage::cli {

/// An artifact for any target, mapped, its header and table checked. Unlike a
/// Module it needs no device that could run it.
class ArtifactView {
public:
  explicit ArtifactView(const std::string &path);

  const schema::Header &header() const { return head; }
  const schema::Artifact &table() const { return *artifact; }

  /// The packed bytes of a weight, if the file has all of them.
  llvm::ArrayRef<uint8_t> weightBytes(const schema::Weight &weight) const;

  /// The bytes of the section of that name; none if there is none.
  llvm::ArrayRef<uint8_t> sectionBytes(llvm::StringRef name) const;

private:
  llvm::ArrayRef<uint8_t> segmentBytes(uint32_t index) const;

  std::unique_ptr<llvm::MemoryBuffer> file;
  schema::Header head;
  const schema::Artifact *artifact = nullptr;
};

/// A name that may be absent.
inline std::string text(const flatbuffers::String *string) {
  return string ? string->str() : std::string();
}

/// An expression as people write it: "ceildiv(Rows, 16) * 64".
std::string formatExpression(const schema::Expression *expression);

/// Bytes of weights that one step of decoding reads: all but those that only
/// single rows are taken from (embeddings, rotary phases).
uint64_t weightBytesPerToken(const schema::Program &program);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_ARTIFACTVIEW_H
