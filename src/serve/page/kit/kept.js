// What the browser keeps for the reader. Where it may keep nothing, it is kept as long as the page is open.

/** `{get(name), set(name, text), remove(name)}` of a storage of the window; none of them throws. */
function keeper(storage) {
  const memory = new Map();
  const attempt = (act) => {
    try {
      return act(globalThis[storage]);
    } catch {
      return null;
    }
  };
  return {
    get: (name) => memory.get(name) ?? attempt((store) => store.getItem(name)),
    set: (name, text) => {
      memory.set(name, text);
      attempt((store) => store.setItem(name, text));
    },
    remove: (name) => {
      memory.delete(name);
      attempt((store) => store.removeItem(name));
    },
  };
}

/** For all tabs, and later. */
export const inBrowser = keeper('localStorage');

/** For this tab. */
export const inTab = keeper('sessionStorage');
