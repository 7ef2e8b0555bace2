//===- KernelFromOp.cpp - The specification of an operation's kernel ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/dialect/KernelFromOp.h"
#include "dialects/compression/Compression.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage;
using namespace swage::cpu;
namespace tf = swage::transformer;

static int64_t columnsOf(Value rows) {
  return cast<RankedTensorType>(rows.getType()).getDimSize(1);
}

static Type elementOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}

static RowVariant toVariant(schedule::RowVariant variant) {
  switch (variant) {
  case schedule::RowVariant::One:
    return RowVariant::One;
  case schedule::RowVariant::Few:
    return RowVariant::Few;
  case schedule::RowVariant::Many:
    return RowVariant::Many;
  }
  llvm_unreachable("all variants are listed");
}

std::optional<Element> cpu::toElement(Type type) {
  if (type.isF32())
    return Element::F32;
  if (type.isF16())
    return Element::F16;
  if (type.isBF16())
    return Element::BF16;
  return std::nullopt;
}

CacheFormat cpu::toCacheFormat(Type element) {
  if (element.isInteger(8))
    return CacheFormat(CacheCodes::Int8);
  if (element.isInteger(4))
    return CacheFormat(CacheCodes::Int4);
  if (isa<Float8E4M3FNType>(element))
    return CacheFormat(CacheCodes::E4M3);
  return *toElement(element);
}

std::optional<Element> cpu::toRowElement(Type type) {
  compression::GroupType codes = compression::getInt8Rows(type.getContext());
  assert(codes.getSize() == QuantizedRow::kGroup && "rows have other groups");
  return type == codes ? Element::Q8 : toElement(type);
}

std::optional<WeightFormat> cpu::toWeightFormat(Type type) {
  if (auto group = dyn_cast<compression::GroupType>(type)) {
    compression::GroupLayout layout(group, kTileRows);
    // Kernels decode units of columns, which have their factors in common, and
    // chunks that lie in groups or hold whole ones. The factors of a span lie
    // in scratch.
    constexpr int64_t kMaxGroups = 64;
    int64_t columns = layout.groupColumns, chunk = layout.kChunk;
    if (columns % layout.kInterleave != 0 || layout.groups() > kMaxGroups ||
        (chunk % columns != 0 && columns % chunk != 0))
      return std::nullopt;
    return WeightFormat(layout);
  }
  if (std::optional<Element> element = toElement(type))
    return WeightFormat(*element);
  return std::nullopt;
}

/// The element type of `value`, or an error that says which operand it is.
static FailureOr<Element> requireElement(Operation *op, Value value,
                                         StringRef what) {
  if (std::optional<Element> element = toElement(elementOf(value)))
    return *element;
  return op->emitOpError("has no CPU kernel for ")
         << what << " of element type " << elementOf(value)
         << "; supported are f32, f16 and bf16";
}

/// How the matrix `value` is stored, or an error that says which operand it is.
static FailureOr<WeightFormat> requireFormat(Operation *op, Value value,
                                             StringRef what) {
  if (std::optional<WeightFormat> format = toWeightFormat(elementOf(value)))
    return *format;
  return op->emitOpError("has no CPU kernel for ")
         << what << " of element type " << elementOf(value)
         << "; supported are f32, f16, bf16 and groups of codes";
}

/// Column of `value` in the rows that it is cut from, and those rows.
static std::pair<Value, int64_t> sliceOf(Value value) {
  int64_t column = 0;
  while (auto split = value.getDefiningOp<tf::SplitOp>()) {
    for (Value part : split.getParts()) {
      if (part == value)
        break;
      column += columnsOf(part);
    }
    value = split.getInput();
  }
  return {value, column};
}

/// The slice that `value` is, if it is one.
static std::optional<RowSlice> rowSliceOf(Value value) {
  auto [rows, column] = sliceOf(value);
  if (rows == value)
    return std::nullopt;
  return RowSlice{column, columnsOf(rows)};
}

/// Fails unless `op` reads rows of f32 at `input`.
static LogicalResult requireF32(Operation *op, Value input) {
  if (elementOf(input).isF32())
    return success();
  return op->emitOpError("has no CPU kernel for an input of element type ")
         << elementOf(input) << "; supported is f32";
}

bool cpu::multiplies(const WeightFormat &weight, Element rows) {
  if (rows != Element::Q8)
    return true;
  // A step of the sums of integers has one scale on either side.
  return weight.groups &&
         (!weight.groups->values.areIntegers() ||
          weight.groups->groupColumns % QuantizedRow::kLeastSum == 0);
}

/// The element type of rows that are multiplied with `weight`, or an error.
static FailureOr<Element> requireRows(Operation *op, Value rows,
                                      const WeightFormat &weight) {
  std::optional<Element> element = toRowElement(elementOf(rows));
  if (element && multiplies(weight, *element))
    return *element;
  return op->emitOpError("has no CPU kernel that multiplies rows of element "
                         "type ")
         << elementOf(rows) << " with these weights";
}

static FailureOr<KernelSpec> fromQuantize(compression::QuantizeOp op) {
  auto input = cast<TypedValue<RankedTensorType>>(op.getInput());
  FailureOr<Element> element = requireElement(op, input, "an input");
  if (failed(element))
    return failure();
  if (toRowElement(elementOf(op.getResult())) != Element::Q8)
    return op.emitOpError("has no CPU kernel for rows of element type ")
           << elementOf(op.getResult());
  QuantizeRowsSpec spec = {columnsOf(input), *element, rowSliceOf(input)};
  if (std::optional<APFloat> range = op.getRowRange())
    spec.rowRange = range->convertToDouble();
  return KernelSpec(spec);
}

static FailureOr<KernelSpec>
fromPermuteColumns(compression::PermuteColumnsOp op) {
  auto input = cast<TypedValue<RankedTensorType>>(op.getInput());
  FailureOr<Element> element = requireElement(op, input, "an input");
  if (failed(element))
    return failure();
  return KernelSpec(
      PermuteColumnsSpec{columnsOf(input), *element, rowSliceOf(input)});
}

static FailureOr<KernelSpec> fromEmbedding(tf::EmbeddingOp op) {
  FailureOr<WeightFormat> weight = requireFormat(op, op.getTable(), "a table");
  if (failed(weight))
    return failure();
  std::optional<Element> extra[2];
  for (auto [element, table] :
       llvm::zip(extra, ValueRange{op.getTypeTable(), op.getPositionTable()})) {
    if (!table)
      continue;
    FailureOr<Element> found = requireElement(op, table, "a table");
    if (failed(found))
      return failure();
    element = *found;
  }
  if (!elementOf(op.getResult()).isF32())
    return op.emitOpError("has no CPU kernel for a result of element type ")
           << elementOf(op.getResult()) << "; supported is f32";
  auto table = cast<RankedTensorType>(op.getTable().getType());
  return KernelSpec(EmbeddingSpec{table.getDimSize(0), table.getDimSize(1),
                                  *weight, op.getScale().convertToDouble(),
                                  extra[0], extra[1]});
}

static FailureOr<KernelSpec> fromRmsNorm(tf::RmsNormOp op) {
  FailureOr<Element> output = requireElement(op, op.getResult(), "a result");
  if (failed(output) || failed(requireF32(op, op.getInput())))
    return failure();
  RmsNormSpec spec = {columnsOf(op.getInput()),
                      op.getEpsilon().convertToDouble(), bool(op.getRows()),
                      *output};
  spec.group = cast<RankedTensorType>(op.getWeight().getType()).getDimSize(0);
  spec.weightOffset = op.getWeightOffset().convertToDouble();
  spec.residual = bool(op.getResidual());
  spec.slice = rowSliceOf(op.getInput());
  return KernelSpec(spec);
}

static FailureOr<KernelSpec> fromLayerNorm(tf::LayerNormOp op) {
  FailureOr<Element> output = requireElement(op, op.getResult(), "a result");
  if (failed(output) || failed(requireF32(op, op.getInput())))
    return failure();
  return KernelSpec(LayerNormSpec{columnsOf(op.getInput()),
                                  op.getEpsilon().convertToDouble(),
                                  bool(op.getBias()), bool(op.getRows()),
                                  *output, rowSliceOf(op.getInput())});
}

/// Rows that are selected or converted.
static FailureOr<KernelSpec> fromCopy(Operation *op, bool selectRows) {
  Value from = op->getOperand(0), to = op->getResult(0);
  FailureOr<Element> input = requireElement(op, from, "an input");
  FailureOr<Element> output = requireElement(op, to, "a result");
  if (failed(input) || failed(output))
    return failure();
  return KernelSpec(CopyRowsSpec{columnsOf(to), *input, *output, selectRows,
                                 rowSliceOf(from)});
}

static FailureOr<KernelSpec> fromAdd(arith::AddFOp op) {
  FailureOr<Element> element = requireElement(op, op.getResult(), "a result");
  if (failed(element))
    return failure();
  return KernelSpec(
      AddRowsSpec{columnsOf(op.getResult()),
                  *element,
                  {rowSliceOf(op.getLhs()), rowSliceOf(op.getRhs())}});
}

static Function toFunction(tf::Activation function) {
  switch (function) {
  case tf::Activation::Silu:
    return Function::Silu;
  case tf::Activation::Gelu:
    return Function::Gelu;
  case tf::Activation::GeluTanh:
    return Function::GeluTanh;
  case tf::Activation::Relu:
    return Function::Relu;
  case tf::Activation::Tanh:
    return Function::Tanh;
  case tf::Activation::Sigmoid:
    return Function::Sigmoid;
  }
  llvm_unreachable("all functions are listed");
}

static FailureOr<KernelSpec> fromLinear(tf::LinearOp op, RowVariant variant) {
  LinearSpec spec;
  spec.variant = variant;
  spec.k = columnsOf(op.getInput());
  for (Value weight : op.getWeights()) {
    spec.partRows.push_back(
        cast<RankedTensorType>(weight.getType()).getDimSize(0));
    if (elementOf(weight) != elementOf(op.getWeights().front()))
      return op.emitOpError("has no CPU kernel for parts of different element "
                            "types, found ")
             << elementOf(op.getWeights().front()) << " and "
             << elementOf(weight);
  }
  FailureOr<WeightFormat> weight =
      requireFormat(op, op.getWeights().front(), "a weight");
  FailureOr<Element> output = requireElement(op, op.getResult(), "a result");
  if (failed(weight) || failed(output))
    return failure();
  FailureOr<Element> activation = requireRows(op, op.getInput(), *weight);
  if (failed(activation))
    return failure();
  spec.weight = *weight;
  spec.activation = *activation;
  spec.output = *output;
  spec.bias = !op.getBiases().empty();
  spec.slice = rowSliceOf(op.getInput());
  if (op.getResidual()) {
    spec.epilogue = Epilogue::Residual;
  } else if (std::optional<tf::Activation> function = op.getActivation()) {
    spec.epilogue = op.getGated() ? Epilogue::Gated : Epilogue::Activation;
    spec.function = toFunction(*function);
  } else if (std::optional<APFloat> cap = op.getSoftCap()) {
    spec.epilogue = Epilogue::SoftCap;
    spec.softCap = cap->convertToDouble();
  }
  return KernelSpec(spec);
}

static RopeSpec toSpec(tf::RopeAttr rope) {
  RopeSpec spec{rope.getDims(), rope.getNumLengthClasses()};
  if (spec.classes > 1)
    spec.span = llvm::alignTo(rope.getLengths().back(), kRopeFinePositions);
  return spec;
}

static FailureOr<KernelSpec> fromAttention(tf::AttentionOp op,
                                           RowVariant variant) {
  if (!op.getKeys())
    return op.emitOpError("has no CPU kernel without appended keys and values; "
                          "fuse cache_append into it first");
  tf::CacheType cache = op.getCache().getType();
  FailureOr<Element> output = requireElement(op, op.getResult(), "a result");
  if (failed(output))
    return failure();
  AttentionSpec spec;
  spec.variant = variant;
  spec.numHeads = op.getNumHeads();
  spec.numKvHeads = cache.getNumKvHeads();
  spec.headDim = cache.getHeadDim();
  SmallVector<Value, 3> buffers;
  for (auto [heads, input] : {std::pair(&spec.queries, op.getQueries()),
                              std::pair(&spec.keys, op.getKeys()),
                              std::pair(&spec.values, op.getValues())}) {
    if (!elementOf(input).isF32())
      return op.emitOpError("has no CPU kernel for inputs of element type ")
             << elementOf(input) << "; supported is f32";
    auto [rows, column] = sliceOf(input);
    auto *known = llvm::find(buffers, rows);
    *heads = {known - buffers.begin(), column, columnsOf(rows)};
    if (known == buffers.end())
      buffers.push_back(rows);
  }
  spec.scale = op.getScale().convertToDouble();
  if (std::optional<tf::RopeAttr> rope = op.getRope())
    spec.rope = toSpec(*rope);
  if (std::optional<uint64_t> window = op.getWindow())
    spec.window = *window;
  if (std::optional<APFloat> cap = op.getSoftCap())
    spec.softCap = cap->convertToDouble();
  spec.causal = op.getCausal();
  spec.cache = toCacheFormat(cache.getElement());
  spec.output = *output;
  return KernelSpec(spec);
}

static FailureOr<KernelSpec> fromGroupedLinear(tf::GroupedLinearOp op,
                                               RowVariant variant) {
  Value first = op.getWeights().front();
  FailureOr<WeightFormat> weight = requireFormat(op, first, "a weight");
  FailureOr<Element> output = requireElement(op, op.getResult(), "a result");
  if (failed(weight) || failed(output))
    return failure();
  FailureOr<Element> activation = requireRows(op, op.getInput(), *weight);
  if (failed(activation))
    return failure();
  return KernelSpec(GroupedLinearSpec{
      variant, columnsOf(op.getInput()), columnsOf(op.getResult()),
      cast<RankedTensorType>(op.getGroups().getType()).getDimSize(0),
      int64_t(op.getTopK()), *weight, *activation, *output,
      bool(op.getActivation()), op.getScatter(),
      toFunction(op.getActivation().value_or(tf::Activation::Silu))});
}

static FailureOr<KernelSpec> fromRoute(tf::RouteOp op) {
  return KernelSpec(RouteSpec{columnsOf(op.getLogits()), int64_t(op.getTopK()),
                              op.getNormalize()});
}

static FailureOr<KernelSpec> fromCombine(tf::CombineOp op) {
  return KernelSpec(CombineSpec{columnsOf(op.getInput()),
                                columnsOf(op.getWeights()),
                                bool(op.getResidual())});
}

FailureOr<KernelSpec> cpu::kernelFromOp(Operation *op,
                                        schedule::RowVariant rows) {
  RowVariant variant = toVariant(rows);
  return llvm::TypeSwitch<Operation *, FailureOr<KernelSpec>>(op)
      .Case([](tf::EmbeddingOp op) { return fromEmbedding(op); })
      .Case([](tf::RmsNormOp op) { return fromRmsNorm(op); })
      .Case([](tf::LayerNormOp op) { return fromLayerNorm(op); })
      .Case<tf::SelectRowsOp, tf::FirstRowsOp>(
          [](Operation *op) { return fromCopy(op, true); })
      .Case<arith::TruncFOp, arith::ExtFOp>(
          [](Operation *op) { return fromCopy(op, false); })
      .Case([](compression::QuantizeOp op) { return fromQuantize(op); })
      .Case([](compression::PermuteColumnsOp op) {
        return fromPermuteColumns(op);
      })
      .Case([](arith::AddFOp op) { return fromAdd(op); })
      .Case([&](tf::LinearOp op) { return fromLinear(op, variant); })
      .Case([&](tf::AttentionOp op) { return fromAttention(op, variant); })
      .Case([](tf::RouteOp op) { return fromRoute(op); })
      .Case([&](tf::GroupedLinearOp op) {
        return fromGroupedLinear(op, variant);
      })
      .Case([](tf::CombineOp op) { return fromCombine(op); })
      .Default([](Operation *op) -> FailureOr<KernelSpec> {
        return op->emitOpError("has no CPU kernel; supported are "
                               "transformer.embedding, rms_norm, layer_norm, "
                               "select_rows, linear, attention, route, "
                               "grouped_linear and combine, "
                               "compression.quantize and permute_columns, "
                               "and arith.addf, extf and truncf");
      });
}
