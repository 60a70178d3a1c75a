# tries: to execute and load files outside through IPython's own commands
# %% last
%run @HOME@/source/spiral.py
# %% last
%load @HOME@/autograder/checks/spiral/q_sample.py
# %% last
%cd @COURSE@
# %% last
%writefile @COURSE@/attack-was-here
nothing
# %% last
%store -r
%history -g
%env
