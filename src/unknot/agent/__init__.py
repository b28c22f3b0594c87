"""The part that runs inside the measured process. Standard library only, Python 3.8 and newer.

The way through:

- ``__main__`` is the entry point. ``service`` handles the controller's messages, which come over
  ``channel``; ``duties`` are what every process of a cell can be asked, and ``children`` puts an
  agent into each process that the measured one starts.
- ``workload`` finds and opens what is measured, ``backends`` runs it, ``settling`` waits for it.
- ``census``, ``blocks``, ``allocated``, ``c_heap`` and ``growable`` count; ``collector`` sets modes
  and logs passes; ``finalizers`` counts calls of the async generator finalizer hook.
- ``snapshot`` copies the heap into arrays, ``traits`` reads the code and names of all objects in
  cycles, ``weights`` their sizes.
- ``labels`` describes a few objects: ``naming`` names their references, ``origins`` finds whose
  code they are, ``store_lines`` and ``store_origins`` which code stores their attributes, from the
  program's ``sources`` by ``assignments``. ``unseen`` finds holders that no snapshot shows.

The agent decides nothing: the controller decides what to do next and what the numbers mean.
Between two messages the agent holds nothing that it measured, so it is not part of the next count.
"""
