"""The lab: a small plant of real protocol stacks in network namespaces, its attacks, and the recorder of the captures.

Where to look:
  plan          who is in the plant: names, addresses, roles, users
  network       namespaces, the flooding switch, the mirror port
  supervisor    one process a machine; control: up, down, status
  plant/        what each machine runs
  attacks/      one file a detection
  runner        carries out one act of an attack inside the right namespace
  recorder      captures; labels: what a capture holds, frame by frame
"""
