//===- Support.h - What several stages of the pipeline share --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_SUPPORT_H
#define SWAGE_PASSES_SUPPORT_H

#include "dialects/schedule/Schedule.h"
#include "mlir/IR/BuiltinOps.h"

namespace swage {

/// Attribute of the module that lists what code is wanted for.
inline constexpr llvm::StringLiteral kTargetsAttrName = "swage.targets";

/// Attribute that marks a function as an entry point of the model.
inline constexpr llvm::StringLiteral kEntryPointAttrName =
    "transformer.entry_point";

/// Attribute of an entry point whose rows see later rows of their sequence.
inline constexpr llvm::StringLiteral kWholeSequencesAttrName =
    "transformer.whole_sequences";

/// Attribute of a result of an entry point that names its role; logits without.
inline constexpr llvm::StringLiteral kResultAttrName = "transformer.result";

/// Attribute that says which calls a function serves.
inline constexpr llvm::StringLiteral kVariantAttrName = "schedule.variant";

/// The module's targets, at least one; failure, with an error at the module, if
/// it names none or something else.
mlir::FailureOr<llvm::SmallVector<schedule::TargetAttrInterface>>
getTargets(mlir::ModuleOp module);

/// The type that a user calls `f32`, `f16` or `bf16`; null for other names.
mlir::FloatType getFloatTypeByName(mlir::MLIRContext *context,
                                   llvm::StringRef name);

} // namespace swage

#endif // SWAGE_PASSES_SUPPORT_H
