#include "controls.h"

namespace standin {

void reset() {
  setProcessors(2);
  refuseThreads(false);
  setPace(1);
  wakeWithoutCause(0);
  stepClock(0);
  setLocalTime(std::chrono::minutes(0));
  refuseTimeConversion(false);
  actAs({});
  refuseTokens(ERROR_SUCCESS);
  refuseToAct(false);
  refuseToRevert(false);
  takeViolations();
}

}  // namespace standin
