// The state of the page, in one place. Views read it and are told when it changes; they change it
// by `set` and, for what a reader can undo, by `edit`.
//
// state = {
//   run,                number of the run
//   edits,              what the reader changed: see NO_EDITS
//   past, future,       edits to go back to, and forward to again
//   sample,             which sample's numbers are shown, from 0
//   step,               how many equations are known; null for all of them
//   chosen,             key of a neuron ("n2") or a connection ("c6"), or null
//   address, trail,     variable whose equation is looked at, and those before it
//   show,               quantities in neurons and on lines, and what colours neurons
//   landscape,          slots across and up (null: the error), half the width, and the middle
//   playing, speed,     whether steps follow by themselves, and milliseconds between them
//   curve,              address whose numbers are drawn over the rounds of a training; "": the error
//   busy,               whether a training is running
//   solved,             in practice the numbers that are known, by variable; else null
// }

const NO_EDITS = Object.freeze({
  weights: {}, // by slot
  inputs: {}, // by "row sample"
  targets: {},
  activation: {}, // by row
  setting: {}, // loss, order, optimizer, reduction, rate, digits
  constants: {}, // of the optimiser, by name
  trained: null, // {state, losses, diverged, path: {rounds, weights, stride}}
});

// What of the state stands in a link is said by the view that it belongs to:
// share(name, {write, read}).
//   write(state, now)             what is written of a state; null for nothing
//   read(value, {run, program})   the patch of the state that it means; undefined, and what does not
//                                 fit, mean that nothing was chosen

function createStore(initial) {
  let state = initial;
  const shared = new Map();
  const listeners = [];
  const tell = () => listeners.forEach((listener) => listener(state));
  const set = (patch) => {
    state = { ...state, ...patch };
    tell();
  };
  let gesture = null;
  return {
    get: () => state,
    set,
    shared,
    share: (name, part) => shared.set(name, part),
    subscribe(listener) {
      listeners.push(listener);
      listener(state);
    },
    // Changes of one gesture, such as the drag of a slider, are undone together.
    edit(patch, name = null) {
      const edits = { ...state.edits, ...patch };
      const past = name !== null && name === gesture ? state.past : [...state.past, state.edits];
      gesture = name;
      set({ edits, past, future: [] });
    },
    endGesture() {
      gesture = null;
    },
    undo() {
      if (state.past.length === 0) return;
      const past = state.past.slice(0, -1);
      gesture = null;
      set({ edits: state.past.at(-1), past, future: [state.edits, ...state.future] });
    },
    redo() {
      if (state.future.length === 0) return;
      const [edits, ...future] = state.future;
      gesture = null;
      set({ edits, past: [...state.past, state.edits], future });
    },
  };
}
