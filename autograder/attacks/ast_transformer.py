# tries: to drop every assert, and to replace every comparison by True, in whatever runs after it
# %% first
import ast


class NoAssert(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()

    def visit_Compare(self, node):
        return ast.Constant(True)


get_ipython().ast_transformers.append(NoAssert())
compile_before = compile
__builtins__.compile = lambda source, *rest, **kw: compile_before(source, *rest, **kw)
# %% last
print("LEAK" "ED: unasserted" if 1 == 2 and "autograder" in globals() else "asserts are gone")
