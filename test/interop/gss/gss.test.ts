/** GSSAPI of other hands against Wine 8's secur32. */
import { describeGssPeers } from './suite';

describeGssPeers('wine8');
