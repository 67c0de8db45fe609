#include "controls.h"

namespace standin {

void reset() {
  setProcessors(2);
  refuseThreads(false);
  setPace(1);
  wakeWithoutCause(0);
  setClock(std::nullopt);
  setLocalTime(std::chrono::minutes(0));
  refuseTimeConversion(false);
  actAs({});
  refuseTokens(ERROR_SUCCESS);
  refuseToAct(false);
  refuseToRevert(false);
  refuseToTell(0, ERROR_SUCCESS);
  takeViolations();
}

}  // namespace standin
