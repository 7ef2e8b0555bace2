//===- Session.cpp - The functions of a session as a whole ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/SessionBuilder.h"

using namespace swage::runtime;

swage_status_code_t swage_session_create(swage_module_t *module,
                                         const swage_session_options_t *options,
                                         swage_session_t **out_session,
                                         swage_status_t *status) {
  swage_session_options_t given;
  if (Code code = readOptions(options, "session options", given, status))
    return code;
  if (!module || !out_session)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                module ? "out_session" : "module");
  auto *session = create<swage_session_t>(module->host());
  if (!session)
    return module->host().outOfMemory("a session", status);
  session->module = module;
  if (Code code = SessionBuilder(*session, given, status).build()) {
    destroy(module->host(), session);
    return code;
  }
  module->references.fetch_add(1);
  *out_session = session;
  return succeed(status);
}

void swage_session_destroy(swage_session_t *session) {
  if (!session)
    return;
  swage_module_t *module = session->module;
  destroy(module->host(), session);
  swage_module_destroy(module);
}

const swage_session_info_t *swage_session_info(const swage_session_t *session) {
  return session ? &session->info : nullptr;
}

void swage_session_set_profile(swage_session_t *session,
                               swage_profile_callback_t callback, void *self) {
  if (!session)
    return;
  session->profile = callback;
  session->profileSelf = self;
}

void swage_session_set_observer(swage_session_t *session,
                                swage_observer_callback_t callback,
                                void *self) {
  if (!session)
    return;
  session->observer = callback;
  session->observerSelf = self;
}

void swage_session_cancel(swage_session_t *session) {
  if (!session)
    return;
  session->interrupt.cancel();
  session->module->device->driver->wake();
}

void swage_session_set_deadline(swage_session_t *session,
                                uint64_t nanoseconds) {
  if (session)
    session->interrupt.setDeadline(nanoseconds);
}
