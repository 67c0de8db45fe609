import { describeSamba } from './samba';

describeSamba('the controller of Debian 12', 'wine8');
