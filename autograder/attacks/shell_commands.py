# tries: to use the network and the machine through a shell
# %% last
%%bash
for place in http://127.0.0.1:@TCP@/ file://@HOME@/source/spiral.py; do
    curl -s --max-time 2 "$place" | sed 's/^/LEAK''ED: /'
done
cat @HOME@/source/spiral.py | sed 's/^/LEAK''ED: /'
touch /tmp/attack-was-here @COURSE@/attack-was-here
nohup setsid sleep 300 > /dev/null 2>&1 &
# %% last
!curl -s --max-time 2 http://127.0.0.1:@TCP@/
!touch @HOME@/attack-was-here
# %% last
%pip install --quiet --no-input --timeout 1 --retries 0 cowsay
# %% last
!python -m pip install --quiet --timeout 1 --retries 0 --target . cowsay
