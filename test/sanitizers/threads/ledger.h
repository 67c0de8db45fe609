#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "../../../native/threads/worker_pool.h"
#include "gate.h"

namespace threads {

// Keeps the books on tasks: each has to be run once, and destroyed once, and that only afterwards.
class Ledger {
 public:
  std::unique_ptr<sspi::Task> task(std::function<void()> body = [] {}) {
    ++made_;
    return std::make_unique<Entry>(*this, std::move(body));
  }

  int made() const { return made_; }
  int ran() const { return ran_; }
  int destroyed() const { return destroyed_; }
  int inside() const { return inside_; }
  // The most that ran side by side.
  int mostInside() const { return mostInside_; }

  bool allDone(std::chrono::milliseconds patience = std::chrono::seconds(20)) const {
    return until([this] { return destroyed_ == made_; }, patience) && ran_ == made_;
  }

 private:
  class Entry final : public sspi::Task {
   public:
    Entry(Ledger& ledger, std::function<void()> body) : ledger_(ledger), body_(std::move(body)) {}
    ~Entry() override { ++ledger_.destroyed_; }

    void run() noexcept override {
      const int inside = ++ledger_.inside_;
      for (int most = ledger_.mostInside_; most < inside && !ledger_.mostInside_.compare_exchange_weak(most, inside);) {
      }
      body_();
      --ledger_.inside_;
      ++ledger_.ran_;
    }

   private:
    Ledger& ledger_;
    std::function<void()> body_;
  };

  std::atomic<int> made_{0};
  std::atomic<int> ran_{0};
  std::atomic<int> destroyed_{0};
  std::atomic<int> inside_{0};
  std::atomic<int> mostInside_{0};
};

}  // namespace threads
