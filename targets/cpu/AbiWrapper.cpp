//===- AbiWrapper.cpp - Give kernels the entry of the CPU kernel ABI ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "runtime/include/swage/cpu_kernel.h"
#include "targets/cpu/KernelBuilder.h"
#include "targets/cpu/Passes.h"

using namespace mlir;

namespace swage::cpu {

#define GEN_PASS_DEF_ABIWRAPPER
#include "targets/cpu/Passes.h.inc"

namespace {

/// Alignment that `swage_cpu_dispatch_t` promises for every binding.
constexpr int64_t kBindingAlignment = 64;

/// Counts of the kinds of arguments before the range, in their order.
struct Signature {
  unsigned bindings = 0;
  bool scratch = false;
  unsigned scalars = 0;

  unsigned memrefs() const { return bindings + scratch; }
};

LogicalResult checkBinding(func::FuncOp kernel, unsigned i, MemRefType type) {
  if (!type.getLayout().isIdentity() ||
      llvm::is_contained(type.getShape().drop_front(type.getRank() ? 1 : 0),
                         ShapedType::kDynamic))
    return kernel.emitOpError("binding ")
           << i << " has type " << type
           << ", but only the outermost size of a contiguous memref may be "
              "dynamic";
  for (Operation *user : kernel.getArgument(i).getUsers())
    if (isa<memref::DimOp>(user))
      return user->emitOpError("asks for the size of binding ")
             << i << ", which a kernel is not told; pass it as a scalar";
  return success();
}

/// Checks that `kernel` has the form that the pass wraps.
FailureOr<Signature> classify(func::FuncOp kernel) {
  FunctionType type = kernel.getFunctionType();
  if (type.getNumResults() != 0)
    return kernel.emitOpError("is a kernel and must return nothing; write the "
                              "result to a binding"),
           failure();
  Signature sig;
  unsigned n = type.getNumInputs();
  while (!sig.scratch && sig.bindings < n &&
         isa<MemRefType>(type.getInput(sig.bindings))) {
    if (failed(checkBinding(kernel, sig.bindings,
                            cast<MemRefType>(type.getInput(sig.bindings)))))
      return failure();
    if (kernel.getArgAttr(sig.bindings, kScratchAttr))
      sig.scratch = true;
    else
      ++sig.bindings;
  }
  for (unsigned i = sig.memrefs(); i < n; ++i)
    if (!type.getInput(i).isIndex())
      return kernel.emitOpError("argument ")
                 << i << " has type " << type.getInput(i)
                 << "; a kernel takes memrefs, the one marked '" << kScratchAttr
                 << "' last, then scalars of type index, then the range as two "
                    "of type index",
             failure();
  if (n < sig.memrefs() + 2)
    return kernel.emitOpError("lacks its range of work items; expected two "
                              "last arguments of type index"),
           failure();
  sig.scalars = n - sig.memrefs() - 2;
  if (sig.bindings > SWAGE_MAX_BINDINGS || sig.scalars > SWAGE_MAX_SCALARS)
    return kernel.emitOpError("takes ")
               << sig.bindings << " bindings and " << sig.scalars
               << " scalars; a dispatch passes at most " << SWAGE_MAX_BINDINGS
               << " and " << SWAGE_MAX_SCALARS,
           failure();
  return sig;
}

/// A memref over `pointer` whose sizes are `type`'s; an unknown outermost one
/// stays undefined, and nothing asks for it.
Value makeMemRef(ImplicitLocOpBuilder &b, const LLVMTypeConverter &converter,
                 MemRefType type, Value pointer) {
  auto descriptor =
      MemRefDescriptor::poison(b, b.getLoc(), converter.convertType(type));
  descriptor.setAllocatedPtr(b, b.getLoc(), pointer);
  descriptor.setAlignedPtr(b, b.getLoc(), pointer);
  descriptor.setConstantOffset(b, b.getLoc(), 0);
  int64_t stride = 1;
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    descriptor.setConstantStride(b, b.getLoc(), dim, stride);
    if (type.isDynamicDim(dim))
      continue;
    descriptor.setConstantSize(b, b.getLoc(), dim, type.getDimSize(dim));
    stride *= type.getDimSize(dim);
  }
  return UnrealizedConversionCastOp::create(b, TypeRange{type},
                                            ValueRange{Value(descriptor)})
      .getResult(0);
}

/// Turns the kernel's memrefs into pointers and hides it from outside.
void takePointers(func::FuncOp kernel, const Signature &sig,
                  const LLVMTypeConverter &converter) {
  MLIRContext *context = kernel.getContext();
  auto pointer = LLVM::LLVMPointerType::get(context);
  Block &entry = kernel.getBody().front();
  auto b = ImplicitLocOpBuilder::atBlockBegin(kernel.getLoc(), &entry);
  SmallVector<Type> inputs(kernel.getArgumentTypes());
  for (unsigned i = 0; i < sig.memrefs(); ++i) {
    auto type = cast<MemRefType>(inputs[i]);
    BlockArgument argument = entry.getArgument(i);
    inputs[i] = pointer;
    argument.setType(pointer);
    // The users still want a memref: all of them get the one made here.
    SmallVector<OpOperand *> uses = llvm::to_vector(
        llvm::map_range(argument.getUses(), [](OpOperand &u) { return &u; }));
    Value memref = makeMemRef(b, converter, type, argument);
    for (OpOperand *use : uses)
      use->set(memref);
    kernel.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                      UnitAttr::get(context));
    kernel.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                      b.getI64IntegerAttr(kBindingAlignment));
  }
  kernel.setFunctionType(b.getFunctionType(inputs, {}));
  kernel.setPrivate();
  kernel->setAttr("llvm.linkage",
                  LLVM::LinkageAttr::get(context, LLVM::Linkage::Internal));
  kernel->setAttr("passthrough",
                  b.getArrayAttr(b.getStringAttr("alwaysinline")));
}

/// Makes the exported entry `name` that calls `kernel`.
void makeEntry(func::FuncOp kernel, StringRef name, const Signature &sig) {
  ImplicitLocOpBuilder b(kernel.getLoc(), kernel->getContext());
  b.setInsertionPointAfter(kernel);
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Type i64 = b.getI64Type();
  auto entry = LLVM::LLVMFuncOp::create(
      b, name,
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                  {pointer, i64, i64}));
  Block *block = entry.addEntryBlock(b);
  b.setInsertionPointToStart(block);
  auto loadTable = [&](int32_t field) -> Value {
    // swage_cpu_dispatch_t is three pointers: bindings, scalars, scratch.
    Value at = LLVM::GEPOp::create(b, pointer, pointer, block->getArgument(0),
                                   ArrayRef<LLVM::GEPArg>{field});
    return LLVM::LoadOp::create(b, pointer, at);
  };
  auto loadEntry = [&](Value table, Type type, int32_t i) -> Value {
    Value at =
        LLVM::GEPOp::create(b, pointer, type, table, ArrayRef<LLVM::GEPArg>{i});
    return LLVM::LoadOp::create(b, type, at);
  };
  auto asIndex = [&](Value v) {
    return UnrealizedConversionCastOp::create(b, TypeRange{b.getIndexType()},
                                              ValueRange{v})
        .getResult(0);
  };
  SmallVector<Value> operands;
  Value bindings = sig.bindings ? loadTable(0) : Value();
  for (unsigned i = 0; i < sig.bindings; ++i)
    operands.push_back(loadEntry(bindings, pointer, i));
  if (sig.scratch)
    operands.push_back(loadTable(2));
  Value scalars = sig.scalars ? loadTable(1) : Value();
  for (unsigned i = 0; i < sig.scalars; ++i)
    operands.push_back(asIndex(loadEntry(scalars, i64, i)));
  operands.push_back(asIndex(block->getArgument(1)));
  operands.push_back(asIndex(block->getArgument(2)));
  func::CallOp::create(b, kernel, operands);
  LLVM::ReturnOp::create(b, ValueRange{});
}

struct AbiWrapper : impl::AbiWrapperBase<AbiWrapper> {
  void runOnOperation() override {
    LLVMTypeConverter converter(&getContext());
    SymbolTable symbols(getOperation());
    for (func::FuncOp kernel :
         llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      if (!kernel.isPublic() || kernel.isExternal())
        continue;
      FailureOr<Signature> sig = classify(kernel);
      if (failed(sig))
        return signalPassFailure();
      std::string name = kernel.getName().str();
      takePointers(kernel, *sig, converter);
      kernel.setName(name + "_body");
      makeEntry(kernel, name, *sig);
      ++numKernels;
    }
  }
};

} // namespace
} // namespace swage::cpu
