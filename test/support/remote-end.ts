import { expose } from 'comlink';

/** The page's end of a channel behind which an object is offered, as by a worker. */
export function remoteEnd(api: object): { readonly port: MessagePort; readonly end: () => void } {
  const { port1, port2 } = new MessageChannel();
  expose(api, port1);
  return {
    port: port2,
    end: () => {
      port1.close();
      port2.close();
    },
  };
}
