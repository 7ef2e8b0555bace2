//===- Pack.h - Weights in the layout that kernels read ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_PACK_H
#define SWAGE_COMPILER_WEIGHTS_PACK_H

#include "compiler/weights/Payload.h"
#include "compiler/weights/TensorSource.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace swage::weights {

/// The named tensors of `source`, which have these types, packed as one in
/// `layout` (an attribute of the compression dialect). The source must outlive
/// the payload. Fails if a tensor is missing or of another type, or if the
/// layout is unknown or refuses the parts.
llvm::Expected<std::unique_ptr<Payload>>
packWeight(const TensorSource &source, llvm::ArrayRef<llvm::StringRef> names,
           llvm::ArrayRef<mlir::RankedTensorType> types,
           mlir::Attribute layout);

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_PACK_H
