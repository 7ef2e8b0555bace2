//===- TransformerOps.cpp - Verifiers and names ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/Transformer.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage::transformer;

/// Parses `gated silu` or `silu`.
static ParseResult parseFunction(OpAsmParser &parser,
                                 ActivationAttr &activation, UnitAttr &gated) {
  if (succeeded(parser.parseOptionalKeyword("gated")))
    gated = parser.getBuilder().getUnitAttr();
  return parser.parseCustomAttributeWithFallback(activation);
}

static void printFunction(OpAsmPrinter &printer, Operation *,
                          ActivationAttr activation, UnitAttr gated) {
  if (gated)
    printer << "gated ";
  printer << stringifyActivation(activation.getValue());
}

#define GET_OP_CLASSES
#include "dialects/transformer/TransformerOps.cpp.inc"

/// Channels of rows, columns of a matrix.
static int64_t columnsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getDimSize(1);
}

/// Rows of a matrix, elements of a vector.
static int64_t rowsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getDimSize(0);
}

/// Fails unless `what` has `wanted` of `unit`.
static LogicalResult expectCount(Operation *op, const Twine &what,
                                 int64_t found, int64_t wanted, StringRef unit,
                                 StringRef because) {
  if (found == wanted)
    return success();
  return op->emitOpError() << "expected " << what << " to have " << wanted
                           << " " << unit << " " << because << ", found "
                           << found;
}

// ---- Weights and caches -----------------------------------------------------

LogicalResult WeightOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  if (!type.hasStaticShape() || type.getRank() < 1 || type.getRank() > 2 ||
      type.getNumElements() == 0) // (C1)
    return emitOpError() << "expected a static shape of rank 1 or 2 without a "
                            "zero dimension, found "
                         << type;
  std::optional<ViewAttr> view = getView();
  if (view.has_value() != getSource().has_value()) // (C2)
    return emitOpError("expected source and view together, found one of them");
  if (!view)
    return success();
  std::optional<int64_t> rows = view->getNumRows();
  if (rows != type.getDimSize(0)) { // (C2)
    InFlightDiagnostic diagnostic = emitOpError()
                                    << "expected a view of "
                                    << type.getDimSize(0) << " rows, found ";
    return rows ? diagnostic << *rows : diagnostic << "more than 2^63";
  }
  if (view->getTransposed() && type.getRank() != 2) // (C3)
    return emitOpError() << "expected a matrix for a transposed view, found "
                         << type;
  return success();
}

LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight =
      symbols.lookupNearestSymbolFrom<WeightOp>(*this, getWeightAttr());
  if (!weight) // (C1)
    return emitOpError() << "expected " << getWeightAttr()
                         << " to name a transformer.weight, found none";
  if (weight.getType() != getType()) // (C1)
    return emitOpError() << "expected the type of " << getWeightAttr() << ", "
                         << weight.getType() << ", found " << getType();
  return success();
}

void GetWeightOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), getWeight());
}

LogicalResult GetCacheOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto cache = symbols.lookupNearestSymbolFrom<CacheOp>(*this, getCacheAttr());
  if (!cache) // (C1)
    return emitOpError() << "expected " << getCacheAttr()
                         << " to name a transformer.cache, found none";
  if (cache.getType() != getType()) // (C1)
    return emitOpError() << "expected the type of " << getCacheAttr() << ", "
                         << cache.getType() << ", found " << getType();
  return success();
}

void GetCacheOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), getCache());
}

// ---- Rows -------------------------------------------------------------------

LogicalResult EmbeddingOp::verify() {
  if (failed(expectCount(*this, "the result", columnsOf(getResult()),
                         columnsOf(getTable()), "columns",
                         "like the table"))) // (C1)
    return failure();
  for (auto [table, what] :
       {std::pair<Value, StringRef>(getTypeTable(), "the type table"),
        std::pair<Value, StringRef>(getPositionTable(), "the position table")})
    if (table && failed(expectCount(*this, what, columnsOf(table),
                                    columnsOf(getTable()), "columns",
                                    "like the table"))) // (C1)
      return failure();
  if (!getScale().isFinite()) // (C2)
    return emitOpError() << "expected a finite scale, found "
                         << getScale().convertToDouble();
  return success();
}

LogicalResult SelectRowsOp::verify() {
  auto elementOf = [](Value v) { return getElementTypeOrSelf(v.getType()); };
  if (failed(expectCount(*this, "the result", columnsOf(getResult()),
                         columnsOf(getInput()), "columns",
                         "like the input"))) // (C1)
    return failure();
  if (elementOf(getResult()) != elementOf(getInput())) // (C1)
    return emitOpError() << "expected result elements of type "
                         << elementOf(getInput()) << " like the input, found "
                         << elementOf(getResult());
  return success();
}

LogicalResult FirstRowsOp::verify() {
  return expectCount(*this, "the result", columnsOf(getResult()),
                     columnsOf(getInput()), "columns",
                     "like the input"); // (C1)
}

/// Fails if `epsilon` is negative.
static LogicalResult verifyEpsilon(Operation *op, const APFloat &epsilon) {
  if (epsilon.isNaN() || epsilon < APFloat(0.0))
    return op->emitOpError() << "expected an epsilon of at least 0, found "
                             << epsilon.convertToDouble();
  return success();
}

/// Fails if `softCap` is there and not positive.
static LogicalResult verifySoftCap(Operation *op,
                                   const std::optional<APFloat> &softCap) {
  if (softCap && !(softCap->isFinite() && softCap->convertToDouble() > 0))
    return op->emitOpError() << "expected a positive soft_cap, found "
                             << softCap->convertToDouble();
  return success();
}

/// Fails unless `residual` is absent or of the type of `result`.
static LogicalResult verifyResidual(Operation *op, Value residual,
                                    Value result) {
  if (residual && residual.getType() != result.getType())
    return op->emitOpError()
           << "expected a residual of the result's type " << result.getType()
           << ", found " << residual.getType();
  return success();
}

LogicalResult RmsNormOp::verify() {
  int64_t columns = columnsOf(getInput()), group = rowsOf(getWeight());
  if (group == 0 || columns % group != 0) // (C1)
    return emitOpError() << "expected a weight whose size divides the "
                         << columns << " columns of the input, found " << group
                         << " elements";
  if (failed(expectCount(*this, "the result", columnsOf(getResult()), columns,
                         "columns", "like the input")) || // (C1)
      failed(verifyEpsilon(*this, getEpsilon())))         // (C2)
    return failure();
  if (!getWeightOffset().isFinite()) // (C2)
    return emitOpError() << "expected a finite weight_offset, found "
                         << getWeightOffset().convertToDouble();
  return verifyResidual(*this, getResidual(), getResult()); // (C3)
}

LogicalResult LayerNormOp::verify() {
  int64_t columns = columnsOf(getInput());
  StringRef because = "like the input";
  if (failed(expectCount(*this, "the weight", rowsOf(getWeight()), columns,
                         "elements", because)) || // (C1)
      (getBias() && failed(expectCount(*this, "the bias", rowsOf(getBias()),
                                       columns, "elements", because))) ||
      failed(expectCount(*this, "the result", columnsOf(getResult()), columns,
                         "columns", because))) // (C1)
    return failure();
  return verifyEpsilon(*this, getEpsilon()); // (C2)
}

LogicalResult LinearOp::verify() {
  if (getWeights().empty()) // (C1)
    return emitOpError() << "expected at least one weight, found none";
  int64_t rows = 0;
  for (auto [index, weight] : llvm::enumerate(getWeights())) {
    if (failed(expectCount(*this, "weight " + Twine(index), columnsOf(weight),
                           columnsOf(getInput()), "columns",
                           "like the input"))) // (C1)
      return failure();
    rows += rowsOf(weight);
  }
  if (!getBiases().empty() && getBiases().size() != getWeights().size()) // (C2)
    return emitOpError() << "expected no bias or one for each of "
                         << getWeights().size() << " weights, found "
                         << getBiases().size();
  for (auto [index, bias] : llvm::enumerate(getBiases()))
    if (failed(expectCount(*this, "bias " + Twine(index), rowsOf(bias),
                           rowsOf(getWeights()[index]), "elements",
                           "like its weight's rows"))) // (C2)
      return failure();
  if (getGated()) {
    if (!getActivation()) // (C3)
      return emitOpError() << "expected an activation with gated, found none";
    if (getWeights().size() != 2) // (C3)
      return emitOpError() << "expected 2 weights with gated, found "
                           << getWeights().size();
    rows = rowsOf(getWeights()[0]);
    if (failed(expectCount(*this, "weight 1", rowsOf(getWeights()[1]), rows,
                           "rows", "like weight 0"))) // (C3)
      return failure();
  }
  if (failed(expectCount(*this, "the result", columnsOf(getResult()), rows,
                         "columns", "like the weights' rows"))) // (C4)
    return failure();
  if (getResidual() && getActivation()) // (C5)
    return emitOpError() << "expected a residual or an activation, found both";
  if (failed(verifyResidual(*this, getResidual(), getResult()))) // (C5)
    return failure();
  if (getSoftCap() && (getResidual() || getActivation())) // (C6)
    return emitOpError() << "expected a soft_cap or "
                         << (getResidual() ? "a residual" : "an activation")
                         << ", found both";
  return verifySoftCap(*this, getSoftCap()); // (C6)
}

LogicalResult SplitOp::verify() {
  auto input = getInput().getType();
  int64_t columns = 0;
  for (auto [index, part] : llvm::enumerate(getParts())) {
    auto type = cast<RankedTensorType>(part.getType());
    if (type.getElementType() != input.getElementType()) // (C1)
      return emitOpError() << "expected elements of part " << index
                           << " to have the input's type "
                           << input.getElementType() << ", found "
                           << type.getElementType();
    columns += type.getDimSize(1);
  }
  return expectCount(*this, "the parts", columns, input.getDimSize(1),
                     "columns together", "like the input"); // (C1)
}

LogicalResult LogitsOp::verify() {
  if (failed(expectCount(*this, "the weight", columnsOf(getWeight()),
                         columnsOf(getInput()), "columns",
                         "like the input")) || // (C1)
      failed(expectCount(*this, "the result", columnsOf(getResult()),
                         rowsOf(getWeight()), "columns",
                         "like the weight's rows"))) // (C1)
    return failure();
  if (getBias() && failed(expectCount(*this, "the bias", rowsOf(getBias()),
                                      rowsOf(getWeight()), "elements",
                                      "like the weight's rows"))) // (C1)
    return failure();
  Type element = getElementTypeOrSelf(getResult().getType());
  if (!element.isF32()) // (C2)
    return emitOpError() << "expected result elements of type f32, found "
                         << element;
  return verifySoftCap(*this, getSoftCap()); // (C3)
}

// ---- Feed-forward networks --------------------------------------------------

LogicalResult GatedMlpOp::verify() {
  int64_t width = rowsOf(getGate());
  if (failed(expectCount(*this, "gate", columnsOf(getGate()),
                         columnsOf(getInput()), "columns",
                         "like the input")) || // (C1)
      failed(expectCount(*this, "up", columnsOf(getUp()), columnsOf(getInput()),
                         "columns",
                         "like the input")) || // (C1)
      failed(expectCount(*this, "up", rowsOf(getUp()), width, "rows",
                         "like gate")) || // (C1)
      failed(expectCount(*this, "down", columnsOf(getDown()), width, "columns",
                         "like gate's rows"))) // (C2)
    return failure();
  if (!getBiases().empty() && getBiases().size() != 3) // (C3)
    return emitOpError() << "expected no bias or one for each of gate, up and "
                            "down, found "
                         << getBiases().size();
  Value matrices[] = {getGate(), getUp(), getDown()};
  for (auto [index, bias] : llvm::enumerate(getBiases()))
    if (failed(expectCount(*this, "bias " + Twine(index), rowsOf(bias),
                           rowsOf(matrices[index]), "elements",
                           "like its weight's rows"))) // (C3)
      return failure();
  return expectCount(*this, "the result", columnsOf(getResult()),
                     rowsOf(getDown()), "columns", "like down's rows"); // (C4)
}

// ---- Attention --------------------------------------------------------------

/// Fails if `rope` rotates more channels than a head has.
static LogicalResult verifyRope(Operation *op, RopeAttr rope, int64_t headDim) {
  if (rope.getDims() <= headDim)
    return success();
  return op->emitOpError() << "expected rope to rotate at most head_dim = "
                           << headDim << " channels, found " << rope.getDims();
}

LogicalResult RopeOp::verify() {
  // (C1) is the trait AllTypesMatch.
  int64_t headDim = getHeadDim();
  if (headDim <= 0 || columnsOf(getInput()) % headDim != 0) // (C2)
    return emitOpError() << "expected columns that are a multiple of head_dim, "
                            "found "
                         << columnsOf(getInput())
                         << " columns and head_dim = " << headDim;
  return verifyRope(*this, getRope(), headDim); // (C3)
}

static LogicalResult verifyAppended(Operation *op, Value keys, Value values,
                                    CacheType cache) {
  int64_t columns = cache.getNumKvHeads() * cache.getHeadDim();
  StringRef because = "like num_kv_heads * head_dim of the cache";
  return success(succeeded(expectCount(op, "the keys", columnsOf(keys), columns,
                                       "columns", because)) &&
                 succeeded(expectCount(op, "the values", columnsOf(values),
                                       columns, "columns", because)));
}

LogicalResult CacheAppendOp::verify() {
  return verifyAppended(*this, getKeys(), getValues(),
                        getCache().getType()); // (C1)
}

LogicalResult AttentionOp::verify() {
  CacheType cache = getCache().getType();
  int64_t numHeads = getNumHeads();
  if (numHeads <= 0 || numHeads % cache.getNumKvHeads() != 0) // (C2)
    return emitOpError() << "expected num_heads to be a positive multiple of "
                            "the cache's num_kv_heads = "
                         << cache.getNumKvHeads() << ", found " << numHeads;
  int64_t columns = numHeads * cache.getHeadDim();
  StringRef because = "like num_heads * head_dim";
  if (failed(expectCount(*this, "the queries", columnsOf(getQueries()), columns,
                         "columns", because)) || // (C1), (C2)
      failed(expectCount(*this, "the result", columnsOf(getResult()), columns,
                         "columns", because))) // (C1), (C2)
    return failure();
  if (!getKeys() != !getValues()) // (C3)
    return emitOpError() << "expected keys and values together, found "
                         << (getKeys() ? "keys" : "values") << " alone";
  if (getKeys() &&
      failed(verifyAppended(*this, getKeys(), getValues(), cache))) // (C3)
    return failure();
  if (getWindow() && *getWindow() <= 0) // (C4)
    return emitOpError() << "expected a positive window, found "
                         << *getWindow();
  if (getSoftCap() && !(getSoftCap()->convertToDouble() > 0)) // (C4)
    return emitOpError() << "expected a positive soft_cap, found "
                         << getSoftCap()->convertToDouble();
  if (getWindow() && !getCausal()) // (C6)
    return emitOpError() << "expected no window without causal, found window = "
                         << *getWindow();
  if (!getRope())
    return success();
  if (!getKeys()) // (C5)
    return emitOpError() << "expected appended keys with rope, found none";
  return verifyRope(*this, *getRope(), cache.getHeadDim()); // (C5)
}
