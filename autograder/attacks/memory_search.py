# tries: to find solutions or secrets in the memory that a fork inherits
# %% last
import re

needles = [rb"### BEGIN SOLUTIO[N]", rb"the-bystanders-secre[t]", rb"if_close_to=[{]"]
try:
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            first, last, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if "rw" in rights and int(last, 16) - int(first, 16) < 2**28:
                memory.seek(int(first, 16))
                block = memory.read(int(last, 16) - int(first, 16))
                for needle in needles:
                    if re.search(needle, block):
                        print("LEAK" "ED:", needle)
except OSError as error:
    print(error)
