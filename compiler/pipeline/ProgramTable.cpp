//===- ProgramTable.cpp - A program as the artifact's table ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/ProgramTable.h"
#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage;

// ---- Expressions ------------------------------------------------------------

static void appendNode(schema::ExpressionT &to, schema::ExpressionKind kind,
                       int64_t value = 0) {
  to.nodes.push_back(schema::ExpressionNode(value, kind));
}

/// Appends `expression` in postfix order. Size expressions are sums, products
/// and rounded-up quotients; the verifiers see to that.
static void appendExpression(schema::ExpressionT &to, AffineExpr expression) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expression))
    return appendNode(to, schema::ExpressionKind::Constant,
                      constant.getValue());
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expression))
    return appendNode(to, schema::ExpressionKind::Symbol, symbol.getPosition());
  auto binary = cast<AffineBinaryOpExpr>(expression);
  appendExpression(to, binary.getLHS());
  appendExpression(to, binary.getRHS());
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return appendNode(to, schema::ExpressionKind::Add);
  case AffineExprKind::Mul:
    return appendNode(to, schema::ExpressionKind::Multiply);
  case AffineExprKind::CeilDiv:
    return appendNode(to, schema::ExpressionKind::CeilDivide);
  default:
    llvm_unreachable("size expressions have no other operations");
  }
}

static std::unique_ptr<schema::ExpressionT> toExpression(AffineMap map) {
  auto expression = std::make_unique<schema::ExpressionT>();
  appendExpression(*expression, map.getResult(0));
  return expression;
}

static std::unique_ptr<schema::ExpressionT>
toExpression(std::optional<AffineMap> map) {
  return map ? toExpression(*map) : nullptr;
}

// ---- Variants ---------------------------------------------------------------

namespace {

/// Builds the table of one variant.
class VariantTable {
public:
  VariantTable(const llvm::StringMap<uint32_t> &kernels,
               const llvm::StringMap<uint32_t> &weights)
      : kernels(kernels), weights(weights) {}

  std::unique_ptr<schema::VariantT> build(schedule::VariantOp op);

private:
  void addBuffer(Value value, std::unique_ptr<schema::BufferT> buffer) {
    indices[value] = uint32_t(variant->buffers.size());
    variant->buffers.push_back(std::move(buffer));
  }
  void addBuffer(Operation *op);
  void addDispatch(schedule::DispatchOp op);
  void addBarrier();
  void setLifetimes();

  const llvm::StringMap<uint32_t> &kernels, &weights;
  std::unique_ptr<schema::VariantT> variant;
  llvm::DenseMap<Value, uint32_t> indices;
};

} // namespace

static std::unique_ptr<schema::BufferT> makeBuffer(schema::BufferKind kind,
                                                   StringRef name) {
  auto buffer = std::make_unique<schema::BufferT>();
  buffer->kind = kind;
  buffer->name = name.str();
  return buffer;
}

void VariantTable::addBuffer(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](schedule::ArgumentOp op) {
        auto buffer = makeBuffer(schema::BufferKind::Argument,
                                 schedule::stringifyRole(op.getRole()));
        buffer->role = schema::Role(op.getRole());
        buffer->size = toExpression(op.getSize());
        addBuffer(op.getBuffer(), std::move(buffer));
      })
      .Case([&](schedule::ResultOp op) {
        auto buffer = makeBuffer(schema::BufferKind::Result,
                                 schedule::stringifyRole(op.getRole()));
        buffer->role = schema::Role(op.getRole());
        buffer->size = toExpression(op.getSize());
        buffer->columns = op.getColumns();
        buffer->row_length = op.getRowLength();
        addBuffer(op.getBuffer(), std::move(buffer));
      })
      .Case([&](schedule::ArenaOp op) {
        auto buffer = makeBuffer(schema::BufferKind::Arena, op.getName());
        buffer->size = toExpression(op.getSize());
        addBuffer(op.getBuffer(), std::move(buffer));
      })
      .Case([&](schedule::StateOp op) {
        auto buffer = makeBuffer(schema::BufferKind::State, op.getName());
        buffer->page_bytes = op.getPageBytes();
        buffer->size = toExpression(
            AffineMap::get(0, schedule::ScheduleDialect::NumSymbols,
                           getAffineSymbolExpr(schedule::ScheduleDialect::Pages,
                                               op.getContext()) *
                               op.getPageBytes()));
        addBuffer(op.getBuffer(), std::move(buffer));
      })
      .Case([&](schedule::ConstantOp op) {
        auto buffer = makeBuffer(schema::BufferKind::Weight, op.getWeight());
        buffer->weight = weights.lookup(op.getWeight());
        addBuffer(op.getBuffer(), std::move(buffer));
      });
}

void VariantTable::addDispatch(schedule::DispatchOp op) {
  auto dispatch = std::make_unique<schema::DispatchT>();
  dispatch->kernel = kernels.lookup(op.getKernel());
  dispatch->name = op.getName().str();
  for (auto [binding, written] : llvm::zip(op.getBindings(), op.getWrites()))
    dispatch->bindings.push_back(
        schema::Binding(indices.lookup(binding), written, /*offset=*/0));
  for (auto scalar : op.getScalars().getAsRange<AffineMapAttr>())
    dispatch->scalars.push_back(toExpression(scalar.getValue()));
  dispatch->grid = toExpression(op.getGrid());
  dispatch->bytes = toExpression(op.getBytes());
  dispatch->multiply_adds = toExpression(op.getMultiplyAdds());
  schema::CommandUnion command;
  command.Set(std::move(*dispatch));
  variant->commands.push_back(std::move(command));
}

void VariantTable::addBarrier() {
  schema::CommandUnion command;
  command.Set(schema::BarrierT());
  variant->commands.push_back(std::move(command));
}

/// A buffer lives from the barrier before its first use to the barrier after
/// its last: dispatches between two barriers may run at the same time.
void VariantTable::setLifetimes() {
  std::vector<bool> seen(variant->buffers.size());
  uint32_t count = uint32_t(variant->commands.size()), epochBegin = 0;
  auto epochEnd = [&](uint32_t command) {
    while (command + 1 < count &&
           variant->commands[command].type != schema::Command::Barrier)
      ++command;
    return command;
  };
  for (uint32_t i = 0; i < count; ++i) {
    const schema::DispatchT *dispatch = variant->commands[i].AsDispatch();
    if (!dispatch) {
      epochBegin = i;
      continue;
    }
    for (const schema::Binding &binding : dispatch->bindings) {
      schema::BufferT &buffer = *variant->buffers[binding.buffer()];
      if (buffer.kind != schema::BufferKind::Arena)
        continue;
      if (!seen[binding.buffer()])
        buffer.first_command = epochBegin;
      seen[binding.buffer()] = true;
      buffer.last_command = epochEnd(i);
    }
  }
}

std::unique_ptr<schema::VariantT> VariantTable::build(schedule::VariantOp op) {
  variant = std::make_unique<schema::VariantT>();
  variant->min_rows = uint32_t(op.getMinRows());
  variant->max_rows = uint32_t(op.getMaxRows());
  if (!isa<NoneType>(op.getCache())) {
    llvm::raw_string_ostream os(variant->kv_cache);
    os << op.getCache();
  }
  for (Operation &operation : op.getBody().front()) {
    if (auto dispatch = dyn_cast<schedule::DispatchOp>(operation))
      addDispatch(dispatch);
    else if (isa<schedule::BarrierOp>(operation))
      addBarrier();
    else
      addBuffer(&operation);
  }
  setLifetimes();
  return std::move(variant);
}

// ---- Programs ---------------------------------------------------------------

std::unique_ptr<schema::ProgramT>
swage::buildProgramTable(schedule::ProgramOp program) {
  auto table = std::make_unique<schema::ProgramT>();
  auto target = cast<schedule::TargetAttrInterface>(program.getTarget());
  table->device = target.getDevice().str();

  llvm::StringMap<uint32_t> kernels, weights;
  for (Operation &op : program.getBody().front()) {
    if (auto kernel = dyn_cast<schedule::KernelOp>(op)) {
      kernels[kernel.getSymName()] = uint32_t(table->kernels.size());
      table->kernels.push_back(std::make_unique<schema::KernelT>());
      table->kernels.back()->name = kernel.getSymName().str();
    } else if (isa<schedule::WeightOp, schedule::PhasesOp>(op)) {
      weights.insert(
          {cast<SymbolOpInterface>(op).getName(), uint32_t(weights.size())});
    }
  }
  for (auto entry : program.getOps<schedule::EntryPointOp>()) {
    auto entryTable = std::make_unique<schema::EntryPointT>();
    entryTable->name = entry.getSymName().str();
    for (auto variant : entry.getOps<schedule::VariantOp>())
      entryTable->variants.push_back(
          VariantTable(kernels, weights).build(variant));
    table->entry_points.push_back(std::move(entryTable));
  }
  return table;
}
