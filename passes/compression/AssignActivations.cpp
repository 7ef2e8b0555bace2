//===- AssignActivations.cpp - What each weight is multiplied with --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Compression.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/Support.h"
#include "passes/compression/Passes.h"

namespace swage {
#define GEN_PASS_DEF_ASSIGNACTIVATIONS
#include "passes/compression/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage;
using namespace swage::transformer;
using Targets = ArrayRef<schedule::TargetAttrInterface>;

/// The matrices that an operation multiplies its first operand with; none if it
/// is no linear.
static ValueRange matricesOf(Operation *op) {
  if (auto linear = dyn_cast<LinearOp>(op))
    return linear.getWeights();
  if (auto grouped = dyn_cast<GroupedLinearOp>(op))
    return grouped.getWeights();
  return {};
}

/// Whether weights of `linear` are stored as floats.
static bool hasPlainWeights(Operation *linear) {
  return llvm::any_of(matricesOf(linear).getTypes(), [](Type weight) {
    return compression::isPlainFloat(getElementTypeOrSelf(weight));
  });
}

static bool supports(schedule::TargetAttrInterface target, Operation *linear,
                     Type activation) {
  return llvm::all_of(matricesOf(linear).getTypes(), [&](Type weight) {
    return target.supportsLinear(getElementTypeOrSelf(weight), activation);
  });
}

static bool supports(Targets targets, Operation *linear, Type activation) {
  return llvm::all_of(targets, [&](schedule::TargetAttrInterface target) {
    return supports(target, linear, activation);
  });
}

/// The type that `auto` stands for: what all targets support, most wanted
/// first, f32 last.
static Type chooseFastest(Targets targets, Operation *linear) {
  auto f32 = Float32Type::get(linear->getContext());
  TypeRange weights = matricesOf(linear).getTypes();
  if (llvm::any_of(weights, [](Type weight) {
        return getElementTypeOrSelf(weight).isF32();
      }))
    return f32;
  for (schedule::TargetAttrInterface target : targets)
    for (Type weight : weights)
      if (Type type = target.getFastestActivation(getElementTypeOrSelf(weight));
          supports(targets, linear, type))
        return type;
  return f32;
}

/// The type of rows that a user's name stands for, or null.
static Type getActivation(MLIRContext *context, StringRef name) {
  if (name != "int8")
    return getFloatTypeByName(context, name);
  return compression::getInt8Rows(context);
}

/// Reports the first target that cannot multiply rows of type `activation`.
static void reportUnsupported(Targets targets, Operation *linear,
                              Type activation) {
  for (schedule::TargetAttrInterface target : targets) {
    if (supports(target, linear, activation))
      continue;
    InFlightDiagnostic diag = linear->emitError()
                              << "target '" << target.getCanonicalName()
                              << "' cannot multiply " << activation
                              << " rows with weights of";
    llvm::interleaveComma(
        matricesOf(linear).getTypes(), diag << " ",
        [&](Type weight) { diag << getElementTypeOrSelf(weight); });
    SmallVector<StringRef> supported;
    for (StringRef name : {"f32", "f16", "bf16", "int8"})
      if (supports(target, linear, getActivation(linear->getContext(), name)))
        supported.push_back(name);
    diag << "; supported activations: "
         << (supported.empty() ? "none" : llvm::join(supported, ", "));
    return;
  }
}

/// Whether the producer of `rows` can write any element type.
static bool choosesElementType(Value rows) {
  Operation *op = rows.getDefiningOp();
  if (auto linear = dyn_cast_or_null<LinearOp>(op))
    return !linear.getResidual();
  if (auto norm = dyn_cast_or_null<RmsNormOp>(op))
    return !norm.getResidual();
  return isa_and_nonnull<LayerNormOp, AttentionOp, GroupedLinearOp>(op);
}

/// `rows` as elements of type `element`; codes with `rowRange`, if there is
/// one.
static Value convertRows(OpBuilder &builder, Value rows, Type element,
                         FloatAttr rowRange) {
  auto type = cast<RankedTensorType>(rows.getType());
  auto to = type.clone(element);
  if (isa<compression::GroupType>(element))
    return compression::QuantizeOp::create(builder, rows.getLoc(), to, rows,
                                           rowRange);
  unsigned width = type.getElementTypeBitWidth(),
           wanted = element.getIntOrFloatBitWidth();
  if (width > wanted)
    return arith::TruncFOp::create(builder, rows.getLoc(), to, rows);
  if (width < wanted)
    return arith::ExtFOp::create(builder, rows.getLoc(), to, rows);
  // f16 and bf16: neither holds the other's values, f32 holds both.
  Value widened = convertRows(builder, rows, builder.getF32Type(), {});
  return convertRows(builder, widened, element, {});
}

namespace {
struct AssignActivations
    : swage::impl::AssignActivationsBase<AssignActivations> {
  using AssignActivationsBase::AssignActivationsBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  void assign(Value rows, ArrayRef<std::pair<Operation *, Type>> linears,
              Targets targets);

  bool isAuto() const { return activations == "auto"; }

  /// How the model quantizes rows, null if that is not its own affair.
  FloatAttr rowRange;
};
} // namespace

LogicalResult AssignActivations::run() {
  ModuleOp module = getOperation();
  Type chosen = getActivation(&getContext(), activations);
  if (!isAuto() && !chosen)
    return module.emitError() << "unknown activations '" << activations
                              << "': known are auto, f32, f16, bf16 and int8";
  rowRange = module->getAttrOfType<FloatAttr>(compression::kRowRangeAttrName);
  if (rowRange && !isAuto() && !chosen.isF32() &&
      !isa<compression::GroupType>(chosen))
    return module.emitError()
           << "the model quantizes the rows that its weights are multiplied "
              "with to 8 bits, which activations '"
           << activations << "' contradict; expected auto, int8 or f32";
  auto targets = getTargets(module);
  if (failed(targets))
    return failure();

  llvm::MapVector<Value, SmallVector<std::pair<Operation *, Type>>> readers;
  bool ok = true;
  module.walk([&](Operation *linear) {
    if (matricesOf(linear).empty())
      return;
    // Only what has codes is multiplied with codes.
    Type rows = getElementTypeOrSelf(linear->getOperand(0).getType());
    if (!compression::isPlainFloat(rows)) {
      linear->emitError("expected rows of floats before activations are "
                        "assigned, found elements of type ")
          << rows;
      ok = false;
      return;
    }
    Type wanted = isAuto() || (isa<compression::GroupType>(chosen) &&
                               hasPlainWeights(linear))
                      ? chooseFastest(*targets, linear)
                      : chosen;
    if (supports(*targets, linear, wanted)) {
      readers[linear->getOperand(0)].emplace_back(linear, wanted);
      return;
    }
    reportUnsupported(*targets, linear, wanted);
    ok = false;
  });
  if (!ok)
    return failure();
  for (auto &[rows, linears] : readers)
    assign(rows, linears, *targets);
  return success();
}

/// Gives each of `linears`, which read `rows`, the type that it wants.
void AssignActivations::assign(Value rows,
                               ArrayRef<std::pair<Operation *, Type>> linears,
                               Targets targets) {
  auto type = cast<RankedTensorType>(rows.getType());
  Type first = linears.front().second;
  bool agree = llvm::all_of(
      linears, [&](const auto &entry) { return entry.second == first; });
  auto readAsInput = [](OpOperand &use) {
    return !matricesOf(use.getOwner()).empty() && use.getOperandNumber() == 0;
  };
  if (agree && !isa<compression::GroupType>(first) &&
      choosesElementType(rows) && llvm::all_of(rows.getUses(), readAsInput)) {
    if (type.getElementType() != first) {
      rows.setType(type.clone(first));
      ++numProducers;
    }
    return;
  }

  llvm::SmallDenseMap<Type, Value> converted;
  for (auto [linear, wanted] : linears) {
    // What was chosen for a weight, and not asked for, may stay as it is.
    bool chosen =
        isAuto() || (activations == "int8" && hasPlainWeights(linear));
    if (wanted == type.getElementType() ||
        (chosen && !isa<compression::GroupType>(wanted) &&
         supports(targets, linear, type.getElementType())))
      continue;
    Value &conversion = converted[wanted];
    if (!conversion) {
      OpBuilder builder(&getContext());
      builder.setInsertionPointAfterValue(rows);
      conversion = convertRows(builder, rows, wanted, rowRange);
      ++numConversions;
    }
    linear->setOperand(0, conversion);
  }
}
