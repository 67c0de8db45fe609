#pragma once

#include <array>
#include <utility>
#include <vector>

#include "../sspi/value.h"
#include "napi_setup.h"

namespace sspi {

// Makes JavaScript objects that all have the same properties, with a JavaScript function: one call for the whole
// object. With Node-API each property needs a call that looks its name up again, and costs as much as that.
class Shape {
 public:
  // `names` with commas between them.
  Shape(Napi::Env env, const char* names);

  // One value for each name, in their order.
  template <class... Values>
  Napi::Value make(Napi::Env env, Values... values) const {
    const std::array<napi_value, sizeof...(Values)> arguments{values...};
    return call(env, arguments.data(), arguments.size());
  }
  Napi::Value call(Napi::Env env, const napi_value* values, size_t count) const;

 private:
  Napi::FunctionReference make_;
};

// The objects of lib/binding/binding.ts that are made often.
class Shapes {
 public:
  explicit Shapes(Napi::Env env);

  Shape leg;
  Shape attribute;

  // The shape of a kind of record, made when it is first needed.
  const Shape& of(Napi::Env env, const RecordKind& kind);

 private:
  std::vector<std::pair<const RecordKind*, Shape>> ofRecords_;
};

}  // namespace sspi
