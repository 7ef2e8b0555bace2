//===- ImportFolder.h - A model folder that a test writes -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_TEXT_IMPORTFOLDER_H
#define SWAGE_TEST_UNIT_TEXT_IMPORTFOLDER_H

#include "TinyTable.h"
#include "compiler/import/tokenizer/TokenizerImport.h"
#include "swage/text.hpp"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/FileSystem.h"
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

namespace swage::test {

inline std::string readFile(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline nlohmann::json readJson(const std::string &path) {
  return nlohmann::json::parse(readFile(path), nullptr, false);
}

/// A folder of its own that disappears with the object.
class ImportFolder {
public:
  ImportFolder() {
    llvm::SmallString<128> made;
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("swage-text", made));
    path = made.str().str();
  }
  ImportFolder(const ImportFolder &) = delete;
  ~ImportFolder() { llvm::sys::fs::remove_directories(path); }

  void write(const std::string &name, const std::string &text) const {
    std::ofstream(path + "/" + name, std::ios::binary) << text;
  }
  void write(const std::string &name, const nlohmann::json &json) const {
    write(name, json.dump());
  }

  std::string path;
};

/// What a case encodes.
inline std::string textOf(const nlohmann::json &entry) {
  return entry.contains("hex") ? llvm::fromHex(entry["hex"].get<std::string>())
                               : entry["text"].get<std::string>();
}

/// The text of `ids` as it comes, token by token. A failure if any part of it
/// is not whole characters.
inline std::string streamedText(const swage::Tokenizer &tokenizer,
                                const std::vector<int32_t> &ids,
                                uint32_t flags = 0) {
  auto decoder = swage::Decoder::create(tokenizer, flags);
  std::string text;
  auto take = [&](std::optional<std::string_view> part) {
    ASSERT_TRUE(part);
    auto *begin = reinterpret_cast<const llvm::UTF8 *>(part->data());
    EXPECT_TRUE(llvm::isLegalUTF8String(&begin, begin + part->size()));
    text += *part;
  };
  for (int32_t id : ids)
    take(decoder->push(id));
  take(decoder->flush());
  return text;
}

/// A tokenizer together with the table that it reads.
struct Imported {
  AlignedBytes table;
  std::optional<swage::Tokenizer> tokenizer;
};

/// The tokenizer of a folder; none, with a failure, if there is an error.
inline std::unique_ptr<Imported> importFolder(const std::string &path) {
  auto table = swage::import::importTokenizer(path);
  if (!table) {
    ADD_FAILURE() << llvm::toString(table.takeError());
    return nullptr;
  }
  if (!*table) {
    ADD_FAILURE() << "no tokenizer in " << path;
    return nullptr;
  }
  auto imported = std::make_unique<Imported>(
      Imported{AlignedBytes((*table)->data(), (*table)->size()), std::nullopt});
  imported->tokenizer =
      swage::Tokenizer::create(imported->table.data(), imported->table.size());
  EXPECT_TRUE(imported->tokenizer);
  return imported;
}

} // namespace swage::test

#endif // SWAGE_TEST_UNIT_TEXT_IMPORTFOLDER_H
