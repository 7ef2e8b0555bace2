//===- ScheduleOps.cpp - Verifiers of programs ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/schedule/Schedule.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace swage::schedule;

#define GET_OP_CLASSES
#include "dialects/schedule/ScheduleOps.cpp.inc"

/// What a dispatch may bind; every target's kernels can have this many.
static constexpr size_t kMaxBindings = 8;

/// Fails unless `map` is a size expression.
static LogicalResult verifySize(Operation *op, StringRef what, AffineMap map) {
  if (map.getNumDims() == 0 &&
      map.getNumSymbols() == ScheduleDialect::NumSymbols &&
      map.getNumResults() == 1)
    return success();
  return op->emitOpError() << "expected " << what << " to have no dimension, "
                           << unsigned(ScheduleDialect::NumSymbols)
                           << " symbols and one result, found "
                           << AffineMapAttr::get(map);
}

// ---- Programs ---------------------------------------------------------------

LogicalResult ProgramOp::verify() {
  if (!isa<TargetAttrInterface>(getTarget())) // (C1)
    return emitOpError() << "expected a target attribute, found "
                         << getTarget();
  auto target = cast<TargetAttrInterface>(getTarget());
  for (Attribute level :
       getLevels().value_or(ArrayAttr::get(getContext(), {}))) { // (C2)
    if (!isa<TargetAttrInterface>(level))
      return emitOpError() << "expected target attributes as levels, found "
                           << level;
    if (!target.sharesScheduleWith(level))
      return emitOpError() << "expected levels that share the schedule of "
                           << getTarget() << ", found " << level;
  }
  PhasesOp first;
  for (auto phases : getBody().getOps<PhasesOp>()) {
    first = first ? first : phases;
    if (phases.getRope().getLengths() != first.getRope().getLengths()) // (C3)
      return phases.emitOpError()
             << "expected the lengths of '" << first.getSymName() << "', ["
             << first.getRope().getLengths() << "], found ["
             << phases.getRope().getLengths() << "]";
  }
  return success();
}

SmallVector<TargetAttrInterface> ProgramOp::getAllTargets() {
  SmallVector<TargetAttrInterface> targets = {
      cast<TargetAttrInterface>(getTarget())};
  for (Attribute level : getLevels().value_or(ArrayAttr::get(getContext(), {})))
    targets.push_back(cast<TargetAttrInterface>(level));
  return targets;
}

LogicalResult WeightOp::verify() {
  if (getParts().empty()) // (C1)
    return emitOpError() << "expected at least one part, found none";
  if (getParts().size() != getTypes().size()) // (C1)
    return emitOpError() << "expected one type for each of "
                         << getParts().size() << " parts, found "
                         << getTypes().size();
  for (Type type : getTypes().getAsValueRange<TypeAttr>())
    if (!isa<RankedTensorType>(type)) // (C1)
      return emitOpError() << "expected parts that are ranked tensors, found "
                           << type;
  auto layout = dyn_cast<compression::LayoutAttrInterface>(getLayout());
  if (!layout) // (C2)
    return emitOpError() << "expected a layout attribute, found "
                         << getLayout();
  std::string why = layout.checkParts(getPartTypes());
  if (!why.empty()) // (C2)
    return emitOpError() << "cannot have the layout " << layout << ": " << why;
  return success();
}

SmallVector<RankedTensorType> WeightOp::getPartTypes() {
  return llvm::map_to_vector(
      getTypes().getAsValueRange<TypeAttr>(),
      [](Type type) { return cast<RankedTensorType>(type); });
}

int64_t WeightOp::getStorageBytes() {
  return cast<compression::LayoutAttrInterface>(getLayout())
      .getStorageBytes(getPartTypes());
}

LogicalResult PhasesOp::verify() {
  if (getPositions() <= 0 || getStep() <= 0) // (C1)
    return emitOpError() << "expected positive positions and step, found "
                         << int64_t(getPositions()) << " and "
                         << int64_t(getStep());
  ArrayRef<int64_t> lengths = getRope().getLengths();
  if (!lengths.empty() && lengths.back() != int64_t(getPositions())) // (C2)
    return emitOpError() << "expected positions up to the rope's last length, "
                         << lengths.back() << ", found "
                         << int64_t(getPositions());
  return success();
}

int64_t PhasesOp::getPositionSpan() {
  return llvm::alignTo(getPositions(), getStep());
}

int64_t PhasesOp::getStorageBytes() {
  int64_t phases = getStep() + getPositionSpan() / getStep();
  return getRope().getNumLengthClasses() * phases * getRope().getDims() *
         sizeof(float);
}

LogicalResult KernelOp::verify() {
  if (!isa<YieldOp>(getBody().front().back())) // (C1)
    return emitOpError() << "expected a body that ends with schedule.yield";
  return success();
}

Operation *KernelOp::getComputeOp() {
  for (Operation &op : getBody().front())
    if (!isa<transformer::SplitOp, YieldOp>(op))
      return &op;
  return nullptr;
}

LogicalResult EntryPointOp::verify() {
  for (Operation &op : getBody().front())
    if (!isa<VariantOp>(op)) // (C1)
      return emitOpError() << "expected variants only, found " << op.getName();
  return success();
}

LogicalResult VariantOp::verify() {
  int64_t min = getMinRows(), max = getMaxRows();
  if (min < 1 || max < min) // (C1)
    return emitOpError() << "expected 1 <= min_rows <= max_rows, found " << min
                         << " and " << max;
  return success();
}

// ---- Buffers ----------------------------------------------------------------

LogicalResult ArgumentOp::verify() {
  return verifySize(*this, "size", getSize()); // (C1)
}

LogicalResult ResultOp::verify() {
  int64_t columns = getColumns(), rowLength = getRowLength();
  if (columns <= 0 || rowLength < columns) // (C2)
    return emitOpError() << "expected row_length >= columns > 0, found "
                         << rowLength << " and " << columns;
  if (getRows() && failed(verifySize(*this, "rows", *getRows()))) // (C1)
    return failure();
  return verifySize(*this, "size", getSize()); // (C1)
}

LogicalResult ArenaOp::verify() {
  if (failed(verifySize(*this, "size", getSize()))) // (C1)
    return failure();
  if (!getTensor())
    return success();
  if (!getRows() || !getRowLength()) // (C2)
    return emitOpError("expected what it holds, rows and row_length together");
  if (failed(verifySize(*this, "rows", *getRows()))) // (C1)
    return failure();
  auto type = dyn_cast<RankedTensorType>(*getTensor());
  if (!type || type.getRank() != 2 || !type.isDynamicDim(0) ||
      type.isDynamicDim(1) || type.getDimSize(1) == 0 ||
      int64_t(*getRowLength()) < type.getDimSize(1)) // (C2)
    return emitOpError() << "expected a tensor of shape [?, columns] with "
                            "row_length >= columns > 0, found "
                         << *getTensor() << " and " << int64_t(*getRowLength());
  return success();
}

LogicalResult StateOp::verify() {
  int64_t bytes = getPageBytes();
  if (bytes <= 0) // (C1)
    return emitOpError() << "expected positive page_bytes, found " << bytes;
  return success();
}

LogicalResult ConstantOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *named = symbols.lookupNearestSymbolFrom(*this, getWeightAttr());
  if (isa_and_nonnull<WeightOp, PhasesOp>(named))
    return success();
  InFlightDiagnostic error =
      emitOpError() << "expected " << getWeightAttr()
                    << " to name a schedule.weight or schedule.phases, found ";
  return named ? error << named->getName() : error << "none"; // (C1)
}

// ---- Commands ---------------------------------------------------------------

LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *named = symbols.lookupNearestSymbolFrom(*this, getKernelAttr());
  if (isa_and_nonnull<KernelOp>(named))
    return success();
  InFlightDiagnostic error = emitOpError()
                             << "expected " << getKernelAttr()
                             << " to name a schedule.kernel, found ";
  return named ? error << named->getName() : error << "none"; // (C1)
}

LogicalResult DispatchOp::verify() {
  size_t bindings = getBindings().size();
  if (bindings < 1 || bindings > kMaxBindings) // (C2)
    return emitOpError() << "expected 1 to " << kMaxBindings
                         << " bindings, found " << bindings;
  if (getWrites().size() != bindings) // (C2)
    return emitOpError() << "expected writes to have one entry for each of "
                         << bindings << " bindings, found "
                         << getWrites().size();
  for (AffineMap map : getScalars().getAsValueRange<AffineMapAttr>())
    if (failed(verifySize(*this, "scalars", map))) // (C3)
      return failure();
  if (failed(verifySize(*this, "grid", getGrid())) ||
      (getBytes() && failed(verifySize(*this, "bytes", *getBytes()))) ||
      (getMultiplyAdds() &&
       failed(verifySize(*this, "multiply_adds", *getMultiplyAdds())))) // (C3)
    return failure();
  return success();
}
