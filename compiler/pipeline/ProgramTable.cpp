//===- ProgramTable.cpp - A program as the artifact's table ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/ProgramTable.h"
#include "dialects/compression/Compression.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage;

namespace {

/// Builds the table of one variant.
class VariantTable {
public:
  VariantTable(const llvm::StringMap<uint32_t> &kernels,
               const llvm::StringMap<uint32_t> &weights,
               const llvm::StringMap<artifact::CacheCost> &cacheCosts)
      : kernels(kernels), weights(weights), cacheCosts(cacheCosts) {}

  llvm::Expected<artifact::Variant> build(schedule::VariantOp op);

private:
  llvm::Error addBuffer(Operation *op);
  llvm::Error addDispatch(schedule::DispatchOp op);

  const llvm::StringMap<uint32_t> &kernels, &weights;
  const llvm::StringMap<artifact::CacheCost> &cacheCosts; ///< of kernels
  artifact::Variant variant;
  llvm::DenseMap<Value, uint32_t> indices;
};

} // namespace

/// Converts a size into `to`; the error says why it cannot be stored.
template <typename T> static llvm::Error convert(AffineMap map, T &to) {
  llvm::Expected<artifact::Expression> expression =
      artifact::Expression::get(map);
  if (!expression)
    return expression.takeError();
  to = std::move(*expression);
  return llvm::Error::success();
}

static AffineMap pagesTimes(int64_t bytes, MLIRContext *context) {
  using Symbol = schedule::ScheduleDialect::SizeSymbol;
  return AffineMap::get(0, Symbol::NumSymbols,
                        getAffineSymbolExpr(Symbol::Pages, context) * bytes);
}

/// The schema's name of an element type; rows have no others.
static schema::Element elementOf(Type type) {
  if (type.isF16())
    return schema::Element::F16;
  if (type.isBF16())
    return schema::Element::BF16;
  return type.isF32() ? schema::Element::F32 : schema::Element::I32;
}

llvm::Error VariantTable::addBuffer(Operation *op) {
  artifact::Buffer buffer;
  AffineMap size, rows;
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](schedule::ArgumentOp op) {
        buffer.kind = schema::BufferKind::Argument;
        buffer.role = schema::Role(op.getRole());
        buffer.name = schedule::stringifyRole(op.getRole()).str();
        size = op.getSize();
      })
      .Case([&](schedule::ResultOp op) {
        buffer.kind = schema::BufferKind::Result;
        buffer.role = schema::Role(op.getRole());
        buffer.name = schedule::stringifyRole(op.getRole()).str();
        buffer.columns = op.getColumns();
        buffer.rowLength = op.getRowLength();
        size = op.getSize();
        rows = op.getRows().value_or(AffineMap());
      })
      .Case([&](schedule::ArenaOp op) {
        buffer.kind = schema::BufferKind::Arena;
        buffer.name = op.getName().str();
        size = op.getSize();
        if (!op.getTensor())
          return;
        auto type = cast<RankedTensorType>(*op.getTensor());
        if (isa<compression::EncodingTypeInterface>(type.getElementType())) {
          buffer.element = schema::Element::I8;
          return;
        }
        buffer.element = elementOf(type.getElementType());
        buffer.columns = type.getDimSize(1);
        buffer.rowLength = *op.getRowLength();
        rows = *op.getRows();
      })
      .Case([&](schedule::StateOp op) {
        buffer.kind = schema::BufferKind::State;
        buffer.name = op.getName().str();
        buffer.pageBytes = op.getPageBytes();
        size = pagesTimes(op.getPageBytes(), op.getContext());
      })
      .Case([&](schedule::ConstantOp op) {
        buffer.kind = schema::BufferKind::Weight;
        buffer.name = op.getWeight().str();
        buffer.weight = weights.lookup(op.getWeight());
      });
  if (size)
    if (llvm::Error error = convert(size, buffer.size))
      return error;
  if (rows)
    if (llvm::Error error = convert(rows, buffer.rows))
      return error;
  indices[op->getResult(0)] = uint32_t(variant.buffers.size());
  variant.buffers.push_back(std::move(buffer));
  return llvm::Error::success();
}

llvm::Error VariantTable::addDispatch(schedule::DispatchOp op) {
  artifact::Dispatch dispatch;
  dispatch.kernel = kernels.lookup(op.getKernel());
  dispatch.name = op.getName().str();
  for (auto [binding, written] : llvm::zip(op.getBindings(), op.getWrites()))
    dispatch.bindings.push_back({indices.lookup(binding), written});
  for (auto scalar : op.getScalars().getAsRange<AffineMapAttr>())
    if (llvm::Error error =
            convert(scalar.getValue(), dispatch.scalars.emplace_back()))
      return error;
  if (llvm::Error error = convert(op.getGrid(), dispatch.grid))
    return error;
  if (std::optional<AffineMap> bytes = op.getBytes())
    if (llvm::Error error = convert(*bytes, dispatch.bytes))
      return error;
  if (std::optional<AffineMap> multiplyAdds = op.getMultiplyAdds())
    if (llvm::Error error = convert(*multiplyAdds, dispatch.multiplyAdds))
      return error;
  auto cost = cacheCosts.find(op.getKernel());
  if (cost != cacheCosts.end())
    dispatch.cacheCost = cost->second;
  variant.commands.push_back(std::move(dispatch));
  return llvm::Error::success();
}

llvm::Expected<artifact::Variant> VariantTable::build(schedule::VariantOp op) {
  variant.minRows = uint32_t(op.getMinRows());
  variant.maxRows = uint32_t(op.getMaxRows());
  if (!isa<NoneType>(op.getCache()))
    variant.kvCache = transformer::CacheType::getNameOf(op.getCache()).str();
  for (Operation &operation : op.getBody().front()) {
    if (isa<schedule::BarrierOp>(operation)) {
      variant.commands.push_back(artifact::Barrier());
      continue;
    }
    auto dispatch = dyn_cast<schedule::DispatchOp>(operation);
    if (llvm::Error error =
            dispatch ? addDispatch(dispatch) : addBuffer(&operation))
      return error;
  }
  return std::move(variant);
}

/// What reading the cache costs: its keys and values once for all heads of a
/// group, and a product of every head's query with each of both.
static artifact::CacheCost cacheCostOf(transformer::AttentionOp op,
                                       schedule::TargetAttrInterface target) {
  transformer::CacheType cache = op.getCache().getType();
  auto [keys, values] = target.getCachePageBytes(cache);
  artifact::CacheCost cost;
  cost.bytes = (keys + values) / target.getPagePositions();
  cost.multiplyAdds = 2 * op.getNumHeads() * cache.getHeadDim();
  cost.window = uint32_t(op.getWindow().value_or(0));
  cost.causal = op.getCausal();
  return cost;
}

llvm::Expected<artifact::Program>
swage::buildProgramTable(schedule::ProgramOp program) {
  artifact::Program table;
  auto target = cast<schedule::TargetAttrInterface>(program.getTarget());
  table.device = target.getDevice();
  llvm::StringMap<uint32_t> kernels, weights;
  llvm::StringMap<artifact::CacheCost> cacheCosts;
  for (Operation &op : program.getBody().front()) {
    if (auto kernel = dyn_cast<schedule::KernelOp>(op)) {
      kernels[kernel.getSymName()] = uint32_t(table.kernels.size());
      table.kernels.push_back(kernel.getSymName().str());
      if (auto attention =
              dyn_cast<transformer::AttentionOp>(kernel.getComputeOp()))
        cacheCosts[kernel.getSymName()] = cacheCostOf(attention, target);
    } else if (isa<schedule::WeightOp, schedule::PhasesOp>(op)) {
      weights.insert(
          {cast<SymbolOpInterface>(op).getName(), uint32_t(weights.size())});
      // All phases of a program have the same lengths.
      if (auto phases = dyn_cast<schedule::PhasesOp>(op);
          phases && !phases.getRope().getLengths().empty()) {
        table.positionLengths.assign(phases.getRope().getLengths().begin(),
                                     phases.getRope().getLengths().end());
        table.positionSpan = uint32_t(phases.getPositionSpan());
      }
    }
  }
  for (auto entry : program.getOps<schedule::EntryPointOp>()) {
    artifact::EntryPoint entryTable;
    entryTable.name = entry.getSymName().str();
    entryTable.wholeSequences = entry.getWholeSequences();
    for (auto variantOp : entry.getOps<schedule::VariantOp>()) {
      llvm::Expected<artifact::Variant> variant =
          VariantTable(kernels, weights, cacheCosts).build(variantOp);
      if (!variant)
        return variant.takeError();
      entryTable.variants.push_back(std::move(*variant));
    }
    table.entryPoints.push_back(std::move(entryTable));
  }
  return table;
}
