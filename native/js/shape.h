#pragma once

#include <array>
#include <initializer_list>

#include "napi_setup.h"

namespace sspi {

// Makes JavaScript objects that all have the same properties, by a function of JavaScript's: one call for the whole
// object. Through Node-API each property is a call that looks its name up anew, and costs as much as that.
class Shape {
 public:
  Shape(Napi::Env env, std::initializer_list<const char*> names);

  // One value for each name, in their order.
  template <class... Values>
  Napi::Value make(Napi::Env env, Values... values) const {
    const std::array<napi_value, sizeof...(Values)> arguments{values...};
    return call(env, arguments.data(), arguments.size());
  }

 private:
  Napi::Value call(Napi::Env env, const napi_value* values, size_t count) const;

  Napi::FunctionReference make_;
};

// The objects that every leg brings: see lib/binding/binding.ts.
struct Shapes {
  explicit Shapes(Napi::Env env);

  Shape leg;
  Shape attribute;
  Shape sizes;
  Shape negotiation;
  Shape packageInfo;
};

}  // namespace sspi
