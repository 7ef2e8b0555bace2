//===- CpuDialect.cpp - The CPU target as an attribute --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/dialect/CpuDialect.h"
#include "dialects/compression/Compression.h"
#include "mlir/IR/DialectImplementation.h"
#include "targets/cpu/Capabilities.h"
#include "targets/cpu/Kernels.h"
#include "targets/cpu/MoeKernels.h"
#include "targets/cpu/dialect/KernelFromOp.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage;
using namespace swage::cpu;

#include "targets/cpu/dialect/CpuDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "targets/cpu/dialect/CpuAttrs.cpp.inc"

void SwageCpuDialect::initialize() { registerAttributes(); }

void SwageCpuDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "targets/cpu/dialect/CpuAttrs.cpp.inc"
      >();
}

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringRef name) {
  llvm::Expected<Capabilities> capabilities = Capabilities::parse(name);
  if (!capabilities) // (C1)
    return emitError() << llvm::toString(capabilities.takeError());
  return success();
}

/// The capabilities behind a verified attribute.
static Capabilities capabilitiesOf(TargetAttr target) {
  return llvm::cantFail(Capabilities::parse(target.getName()));
}

StringRef TargetAttr::getDevice() const { return "cpu"; }

bool TargetAttr::sharesScheduleWith(Attribute other) const {
  // One layout for all levels, see KernelSpecs.h.
  return isa<TargetAttr>(other);
}

std::string TargetAttr::getCanonicalName() const {
  return capabilitiesOf(*this).name;
}

Type TargetAttr::getFastestActivation(Type weight) const {
  // Decoding a weight takes longer than multiplying it, and all but the base of
  // AArch64 multiply more integers at once than floats.
  Type quantized = compression::getInt8Rows(getContext());
  auto group = dyn_cast<compression::GroupType>(weight);
  if (group && compression::CodeValues(group.getCodes()).areIntegers() &&
      supportsLinear(weight, quantized))
    return quantized;
  // A bf16 dot product needs bf16 on both sides; widening f16 or f32 weights
  // to f32 lanes leaves nothing to win from narrower rows.
  if (weight.isBF16() && capabilitiesOf(*this).hasBf16Dot)
    return weight;
  return Float32Type::get(getContext());
}

bool TargetAttr::supportsLinear(Type weight, Type activation) const {
  std::optional<WeightFormat> format = toWeightFormat(weight);
  std::optional<Element> rows = toRowElement(activation);
  return format && rows && multiplies(*format, *rows);
}

int64_t TargetAttr::getMaxRows(schedule::RowVariant variant) const {
  switch (variant) {
  case schedule::RowVariant::One:
    return 1;
  case schedule::RowVariant::Few:
    return 15;
  case schedule::RowVariant::Many:
    return std::numeric_limits<uint32_t>::max();
  }
  llvm_unreachable("all variants are listed");
}

Attribute TargetAttr::getMatrixLayout(ArrayRef<RankedTensorType> parts,
                                      bool gated) const {
  Type type = parts.front().getElementType();
  if (isa<compression::GroupType>(type))
    return compression::GroupTilesAttr::get(getContext(), kTileRows, gated);
  std::optional<Element> element = toElement(type);
  return compression::RowTilesAttr::get(
      getContext(), kTileRows, element ? tileInterleave(*element) : 1, gated);
}

Attribute TargetAttr::getVectorLayout() const {
  return compression::RowMajorAttr::get(getContext(), kTileRows);
}

int64_t TargetAttr::getRowLength(RankedTensorType rows) const {
  Element element = toRowElement(rows.getElementType()).value_or(Element::F32);
  int64_t length = paddedRowLength(rows.getDimSize(1), element);
  // Encoded elements are counted in bytes.
  return element == Element::Q8 ? length * elementBytes(element) : length;
}

int64_t TargetAttr::getRowPadding() const { return kRowPadding; }

int64_t TargetAttr::getPhaseStep() const { return kRopeFinePositions; }

int64_t TargetAttr::getPagePositions() const { return kPagePositions; }

std::pair<int64_t, int64_t>
TargetAttr::getCachePageBytes(transformer::CacheType cache) const {
  CacheFormat format = toCacheFormat(cache.getElement());
  if (format.codes) {
    CodedPage page(*format.codes, cache.getHeadDim());
    return {cache.getNumKvHeads() * page.keyBytes,
            cache.getNumKvHeads() * page.valueBytes};
  }
  Element element = format.element;
  int64_t perHead = kPagePositions * elementBytes(element);
  return {cache.getNumKvHeads() * cacheKeyDims(element, cache.getHeadDim()) *
              perHead,
          cache.getNumKvHeads() *
              int64_t(llvm::alignTo(cache.getHeadDim(), kTileRows)) * perHead};
}

FailureOr<AffineMap> TargetAttr::getGrid(Operation *op,
                                         schedule::RowVariant variant) const {
  FailureOr<KernelSpec> spec = kernelFromOp(op, variant);
  if (failed(spec))
    return failure();
  MLIRContext *context = getContext();
  using Symbol = schedule::ScheduleDialect::SizeSymbol;
  auto symbol = [&](Symbol s) { return getAffineSymbolExpr(s, context); };
  AffineExpr items = symbol(Symbol::Rows);
  if (auto *linear = std::get_if<LinearSpec>(&*spec))
    items = getAffineConstantExpr(linearGrid(*linear), context);
  else if (auto *grouped = std::get_if<GroupedLinearSpec>(&*spec))
    items = getAffineConstantExpr(groupedLinearGrid(*grouped), context);
  else if (std::holds_alternative<RouteSpec>(*spec))
    items = getAffineConstantExpr(1, context);
  else if (auto *attention = std::get_if<AttentionSpec>(&*spec))
    items = symbol(Symbol::Sequences) * attention->numKvHeads;
  return AffineMap::get(0, Symbol::NumSymbols, items);
}
