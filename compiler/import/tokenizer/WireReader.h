//===- WireReader.h - Protobuf messages, field by field -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// SentencePiece models are the only protobuf files that are read, and of those
// a dozen fields: less than linking a protobuf library would take. Failures
// read "FILE: byte N: field PATH: found ..., want ...".
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_TOKENIZER_WIREREADER_H
#define SWAGE_COMPILER_IMPORT_TOKENIZER_WIREREADER_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>

namespace swage::import {

/// A field of a message, as it stands in the file.
class WireField {
public:
  enum Type : uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

  uint32_t number = 0;
  /// Where it starts in the file.
  size_t offset = 0;

  /// Its value, if it is of that kind; `name` is how errors call it.
  llvm::Expected<bool> boolean(const llvm::Twine &name) const;
  llvm::Expected<int32_t> integer(const llvm::Twine &name) const;
  llvm::Expected<float> real(const llvm::Twine &name) const;
  llvm::Expected<llvm::StringRef> bytes(const llvm::Twine &name) const;
  /// Calls `visit` with each field of the message that this one holds.
  llvm::Error message(const llvm::Twine &name,
                      llvm::function_ref<llvm::Error(WireField)> visit) const;

  /// "FILE: byte N: field NAME: MESSAGE".
  llvm::Error error(const llvm::Twine &name, const llvm::Twine &message) const;

private:
  friend llvm::Error
  readMessage(llvm::StringRef file, const llvm::Twine &name,
              llvm::StringRef bytes, size_t offset,
              llvm::function_ref<llvm::Error(WireField)> visit);
  llvm::Error wantType(const llvm::Twine &name, Type wanted) const;

  llvm::StringRef file;
  Type type = Varint;
  uint64_t number64 = 0;
  llvm::StringRef data;
  /// Where `data` starts in the file.
  size_t dataOffset = 0;
};

/// Calls `visit` with each field of the message in `bytes`, which start at
/// `offset` of `file`. Messages that do not fit their bytes are errors.
llvm::Error readMessage(llvm::StringRef file, const llvm::Twine &name,
                        llvm::StringRef bytes, size_t offset,
                        llvm::function_ref<llvm::Error(WireField)> visit);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_TOKENIZER_WIREREADER_H
