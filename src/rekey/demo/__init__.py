"""The shipped incident done again on an emulator of AWS, so that it can be contained for real.

- :mod:`rekey.demo.needs`: what that takes, and how to get it
- :mod:`rekey.demo.emulator`: the emulator, on the loopback interface, ended whatever happens
- :mod:`rekey.demo.trail`, :mod:`rekey.demo.recorded`: CloudTrail before it, which tells what AWS's would
- :mod:`rekey.demo.company`: the accounts as they were before
- :mod:`rekey.demo.workloads`: what honest workloads do in them
- :mod:`rekey.demo.thief`: the theft, call by call as the logs tell it
- :mod:`rekey.demo.attempt`: a credential presented, and what came back
- :mod:`rekey.demo.retold`: the case with the ids and times of the emulator
- :mod:`rekey.demo.people`: who asks and who approves, with keys that are thrown away
- :mod:`rekey.demo.desk`: the folder in which they work

All but ``needs`` wants ``pip install '.[demo]'``.
"""
