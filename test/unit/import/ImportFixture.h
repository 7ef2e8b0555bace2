//===- ImportFixture.h - Imports models and prints their IR --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_IMPORT_IMPORTFIXTURE_H
#define SWAGE_TEST_UNIT_IMPORT_IMPORTFIXTURE_H

#include "compiler/import/Import.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>

namespace swage::test {

inline std::string data(const char *path) {
  return std::string(SWAGE_TEST_DATA) + "/" + path;
}

class Import : public testing::Test {
protected:
  import::ImportedModel get(llvm::StringRef path,
                            import::ImportOptions options = {}) {
    auto model = import::importModel(context, path, options);
    EXPECT_TRUE(bool(model)) << llvm::toString(model.takeError());
    return model ? std::move(*model) : import::ImportedModel();
  }

  std::string print(import::ImportedModel &model, bool locations = false) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    mlir::OpPrintingFlags flags;
    flags.enableDebugInfo(locations, locations);
    model.module->print(stream, flags);
    return text;
  }

  template <typename Op> int64_t count(import::ImportedModel &model) {
    int64_t n = 0;
    model.module->walk([&](Op) { ++n; });
    return n;
  }

  mlir::MLIRContext context;
};

/// The text without the spaces that MLIR's printer doubles or puts before `>`
/// and `,`.
inline std::string squeeze(llvm::StringRef text) {
  std::string result;
  for (char c : text) {
    if (!result.empty() && result.back() == ' ' &&
        (c == ' ' || c == '>' || c == ','))
      result.pop_back();
    result += c;
  }
  return result;
}

/// Each piece, in this order.
inline void expectInOrder(llvm::StringRef printed,
                          std::initializer_list<const char *> pieces) {
  std::string text = squeeze(printed);
  llvm::StringRef rest = text;
  for (const char *piece : pieces) {
    size_t at = rest.find(piece);
    ASSERT_NE(at, llvm::StringRef::npos) << piece << "\nin\n" << text;
    rest = rest.drop_front(at);
  }
}

} // namespace swage::test

#endif // SWAGE_TEST_UNIT_IMPORT_IMPORTFIXTURE_H
