//===- TransformerAttrs.cpp - Attributes of models ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/Transformer.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage::transformer;

#include "dialects/transformer/TransformerEnums.cpp.inc"

/// `, transposed` or nothing.
static ParseResult parseTransposed(AsmParser &parser, bool &transposed) {
  transposed = succeeded(parser.parseOptionalComma());
  return transposed ? parser.parseKeyword("transposed") : success();
}

static void printTransposed(AsmPrinter &printer, bool transposed) {
  if (transposed)
    printer << ", transposed";
}

#define GET_ATTRDEF_CLASSES
#include "dialects/transformer/TransformerAttrs.cpp.inc"

void TransformerDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/transformer/TransformerAttrs.cpp.inc"
      >();
}

// ---- view -------------------------------------------------------------------

LogicalResult ViewAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t offset, ArrayRef<int64_t> sizes,
                               ArrayRef<int64_t> strides, bool) {
  if (sizes.empty() || sizes.size() != strides.size()) // (C1)
    return emitError() << "expected at least one size and a stride for each, "
                          "found "
                       << sizes.size() << " sizes and " << strides.size()
                       << " strides";
  if (offset < 0) // (C2)
    return emitError() << "expected an offset that is not negative, found "
                       << offset;
  for (int64_t value : llvm::concat<const int64_t>(sizes, strides))
    if (value <= 0) // (C2)
      return emitError() << "expected positive sizes and strides, found "
                         << value;
  return success();
}

std::optional<int64_t> ViewAttr::getNumRows() const {
  int64_t product = 1;
  for (int64_t size : getSizes())
    if (llvm::MulOverflow(product, size, product))
      return std::nullopt;
  return product;
}

// ---- model ------------------------------------------------------------------

LogicalResult ModelAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringRef architecture, StringRef source,
                                int64_t vocabSize, int64_t maxPositions,
                                int64_t bos, ArrayRef<int64_t> eos,
                                int64_t tokenTypes) {
  if (vocabSize <= 0) // (C1)
    return emitError() << "expected a positive vocab_size, found " << vocabSize;
  if (maxPositions <= 0) // (C1)
    return emitError() << "expected positive max_positions, found "
                       << maxPositions;
  if (bos < -1) // (C2)
    return emitError() << "expected bos to be a token or -1, found " << bos;
  for (int64_t token : eos)
    if (token < 0) // (C2)
      return emitError() << "expected eos to hold tokens, found " << token;
  if (tokenTypes < 0) // (C3)
    return emitError() << "expected token_types to be 0 or more, found "
                       << tokenTypes;
  return success();
}
