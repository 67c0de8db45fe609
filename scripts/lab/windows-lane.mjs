/** Windows itself: there is nothing to bring up, and the Node that runs this is the one to test. */
const major = Number(process.versions.node.split('.')[0]);

export class WindowsLane {
  name = 'windows';
  nodes = [major];

  async up() {}

  async down() {}

  async use(work) {
    return work();
  }

  async downUnlessUsed() {}

  isUp() {
    return true;
  }

  status() {
    return { machine: `Windows, Node ${process.versions.node}`, 'domain controller': 'none of the lab' };
  }

  environment() {
    return {};
  }

  async nodeCommand(_major, args) {
    return [process.execPath, args];
  }

  async enter() {
    return { env: {}, command: (command, args) => [command, args], leave() {} };
  }
}
