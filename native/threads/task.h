#pragma once

#include <memory>
#include <utility>

namespace sspi {

// Work for one of the pool's threads. Its destructor may run on any thread.
class Task {
 public:
  Task() = default;
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // The work, which may take long.
  virtual void run() noexcept = 0;
  // Called after run(), when the thread already counts as free for the next task: must not take long. `self` owns this
  // task, which may be passed on (to the completion queue) or destroyed.
  virtual void handOn(std::unique_ptr<Task> self) noexcept { self.reset(); }

 private:
  template <class T>
  friend class TaskQueue;
  std::unique_ptr<Task> next_;
};

// A queue of tasks of one kind. It is intrusive, so that adding a task needs no memory and cannot fail.
template <class T>
class TaskQueue {
 public:
  TaskQueue() = default;
  ~TaskQueue() {
    // One by one, because otherwise each would be destroyed inside the destructor of the previous one.
    while (!empty()) takeFirst();
  }
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;

  bool empty() const noexcept { return size_ == 0; }
  size_t size() const noexcept { return size_; }

  void add(std::unique_ptr<T> task) noexcept {
    Task* const added = task.get();
    (last_ == nullptr ? first_ : last_->next_) = std::move(task);
    last_ = added;
    ++size_;
  }

  // The queue must not be empty.
  std::unique_ptr<T> takeFirst() noexcept {
    Task* const task = first_.release();
    first_ = std::move(task->next_);
    if (--size_ == 0) last_ = nullptr;
    // Nothing else was ever added: NOLINTNEXTLINE(cppcoreguidelines-pro-type-static-cast-downcast)
    return std::unique_ptr<T>(static_cast<T*>(task));
  }

  void swap(TaskQueue& other) noexcept {
    std::swap(first_, other.first_);
    std::swap(last_, other.last_);
    std::swap(size_, other.size_);
  }

 private:
  std::unique_ptr<Task> first_;
  Task* last_ = nullptr;
  size_t size_ = 0;
};

}  // namespace sspi
