"""Tensor's methods and functions in all their forms, keywords included: one call a line.

Values, dtypes, shapes, strides and the types of errors are compared with PyTorch's.
May import: everything.
"""

import warnings

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")

CALLS = """
x.expand(size=(2,2,3))
x.permute(dims=(1,0))
torch.permute(x,dims=(1,0))
torch.permute(input=x,dims=(1,0))
x.repeat(repeats=(2,1))
x.view(size=(3,2))
x.view(dtype=torch.int32)
x.reshape(shape=(3,2))
torch.reshape(x,shape=(3,2))
torch.reshape(input=x,shape=(-1,))
x.tile(dims=(2,))
torch.tile(x,dims=(2,))
x.flip(dims=(0,))
torch.flip(x,dims=[0,1])
torch.flip(x,[0])
x.roll(shifts=1,dims=0)
x.resize_(3,2)
x.unflatten(dim=1,sizes=(3,1))
x.unflatten(1,(-1,1))
x.size(dim=1)
x.stride(dim=0)
x.stride(-1)
x.stride(5)
x.split(split_size=1)
x.split(1,dim=1)
torch.split(x,split_size_or_sections=[1,2],dim=1)
x.split([1,2],1)
x.chunk(chunks=2,dim=1)
x.squeeze(dim=0)
x[None].squeeze((0,1))
x.unsqueeze(dim=0)
x.transpose(dim0=0,dim1=1)
x.movedim(source=0,destination=1)
x.movedim((0,1),(1,0))
x.unfold(dimension=1,size=2,step=1)
x.masked_fill(mask=m,value=7)
x.masked_fill(m,torch.tensor(7))
x.index_select(dim=1,index=i)
x.narrow(dim=1,start=1,length=2)
x.narrow(1,torch.tensor(1),2)
x.unbind(dim=1)
torch.cat(tensors=[x,x],dim=1)
torch.cat((x,x),axis=1)
torch.stack(tensors=[x,x],dim=1)
torch.where(condition=m,input=x,other=x)
torch.where(m,1,2)
torch.where(m,1.5,x)
torch.where(m,x,2)
x.where(m,0.)
x.where(condition=m,other=x)
torch.where(m)
x.diagonal(offset=1,dim1=0,dim2=1)
x.sum(axis=0)
torch.sum(x,axis=1)
x.sort(dim=0,descending=True)
x.sort(stable=True)
torch.sort(x,stable=True,descending=True)
torch.sort(x,0,True)
torch.topk(x,k=2,dim=1,largest=False,sorted=True)
x.kthvalue(k=1,dim=1,keepdim=True)
torch.argsort(x,dim=1,descending=True,stable=True)
torch.unique(x,sorted=True,return_inverse=True,return_counts=True,dim=None)
x.unique(sorted=False)
torch.gather(input=x,dim=1,index=ii)
x.scatter(dim=1,index=ii,src=x)
x.scatter(1,ii,value=3.)
x.scatter_(1,ii,5)
x.scatter(1,ii,2.,reduce='multiply')
x.scatter_add(dim=1,index=ii,src=x)
x.scatter_reduce(dim=1,index=ii,src=x,reduce='sum',include_self=False)
x.index_add(dim=1,index=i,source=x[:,:2],alpha=2)
x.index_add_(1,i,x[:,:2])
x.index_copy(1,i,x[:,:2])
x.index_fill(1,i,3)
x.index_fill(1,i,torch.tensor(3))
x.index_put(indices=(i[:1],),values=torch.tensor(9.))
x.index_put((i[:1],i[:1]),torch.tensor([9.]),accumulate=True)
torch.take(x,torch.tensor([0,5]))
x.take(index=torch.tensor([0,5]))
torch.take_along_dim(x,ii,dim=1)
torch.nonzero(x,as_tuple=True)
x.nonzero()
x.nonzero(as_tuple=True)
torch.tril(x,diagonal=1)
x.triu(diagonal=1)
torch.diag(x,diagonal=1)
torch.diag_embed(x,offset=1,dim1=0,dim2=2)
torch.rot90(x,k=1,dims=(0,1))
torch.meshgrid(x[0],x[1],indexing='xy')
torch.broadcast_tensors(x,x[0])
torch.broadcast_to(x[0],size=(2,3))
x.broadcast_to((2,2,3))
torch.atleast_2d(x[0],x)
torch.atleast_3d([x[0],x])
torch.hstack((x,x))
torch.vstack((x,x))
torch.dstack((x,x))
torch.column_stack((x[0],x[1]))
torch.row_stack((x[0],x[1]))
torch.tensor_split(x,2,dim=1)
x.tensor_split((1,2),dim=1)
torch.tensor_split(x,torch.tensor([1]),dim=1)
x.hsplit(3)
torch.zeros(2,3,dtype=torch.int8)
torch.zeros((2,3),device='cpu',requires_grad=True)
torch.zeros(size=(2,),layout=torch.strided)
torch.full(size=(2,),fill_value=3)
torch.full((2,),True)
torch.full((2,),1+1j)
torch.full((2,),torch.tensor(2.5))
torch.full((2,),float('inf'),dtype=torch.int32)
torch.arange(start=1,end=5,step=2)
torch.arange(end=3)
torch.arange(5,dtype=torch.float16)
torch.arange(1,2.5)
torch.arange(torch.tensor(3))
torch.arange(0,1,0.1)
torch.linspace(start=0,end=1,steps=5)
torch.logspace(0,1,steps=3,base=2)
torch.eye(n=2,m=3)
torch.eye(2,dtype=torch.bool)
torch.tensor([[1,2],[3,4.5]])
torch.tensor(data=[True,False])
torch.tensor([1,2],dtype=torch.complex64)
torch.tensor(3.5,dtype=torch.int64)
torch.tensor([])
torch.tensor([[],[]])
torch.tensor((1,(2,)))
torch.tensor([1,'a'])
torch.tensor(None)
torch.tensor(np.array([1,2],dtype=np.int16))
torch.tensor(np.float32(2.5))
torch.tensor([np.float64(1.5)])
torch.tensor([torch.tensor(1),torch.tensor(2.)])
torch.tensor(range(3))
torch.tensor(2**63)
torch.tensor(-2**63)
torch.tensor(300,dtype=torch.uint8)
torch.tensor(-1,dtype=torch.uint8)
torch.tensor([300],dtype=torch.uint8)
torch.tensor(1e40)
torch.as_tensor([1,2])
torch.as_tensor(x,dtype=torch.int32)
torch.asarray(x,copy=True)
torch.asarray([1,2],copy=False)
torch.scalar_tensor(3,dtype=torch.int64)
torch.empty_like(x).shape
torch.zeros_like(x,dtype=torch.int32)
torch.full_like(x,2,dtype=torch.bool)
torch.ones_like(x,requires_grad=True)
x.new_zeros(2,3)
x.new_zeros(size=(2,))
x.new_ones((2,),dtype=torch.bool)
x.new_full((2,),3)
x.new_full(size=(2,),fill_value=3)
x.new_tensor([1,2])
x.new_tensor(data=[1,2],dtype=torch.int8)
x.new_empty(2).shape
x.type()
x.type(torch.int32)
x.type('torch.DoubleTensor')
x.type_as(i)
x.to(torch.float64)
x.to('cpu')
x.to('cpu',torch.int32)
x.to(dtype=torch.int32,copy=True)
x.to(i)
x.to(device='cpu',dtype=torch.half)
x.to(torch.device('cpu'))
x.double().dtype
x.bool()
x.tolist()
torch.tensor(3).tolist()
torch.tensor(3.).item()
x.item()
x.numpy()
x.is_contiguous()
x.t().is_contiguous()
x.contiguous().stride()
x.element_size()
x.nbytes
x.itemsize
x.numel()
x.nelement()
x.ndim
x.dim()
x.is_floating_point()
x.is_complex()
x.is_signed()
torch.is_floating_point(x)
torch.numel(x)
x.storage_offset()
x[1].storage_offset()
x.dtype
x.device
x.layout
x.requires_grad
x.is_leaf
x.grad
x.grad_fn
x.shape
x.size()
x.T
x.mT
x.H
x.mH
x[0].T
x[0].mT
x.real
x.imag
(x*1j).imag
len(x)
len(x[0,0])
list(x)
x[0,0].__index__()
i[0].__index__()
bool(x)
bool(x[0,0])
int(x[0,1])
float(i[1])
complex(x[0,1])
x==x
x!=None
x in [x]
1. in x
x.equal(x)
torch.equal(x,x.double())
torch.allclose(x,x+1e-9)
torch.isclose(x,x,rtol=1e-3,atol=0,equal_nan=True)
torch.isclose(x,i[0])
x.eq(1)
x.eq_(1)
x.lt_(2)
x.logical_and_(x)
x.logical_not_()
torch.eq(x,1.)
torch.gt(x,x)
x>i[0]
m & m
m | True
~m
~i
i<<1
i>>1
1<<i
i^i
x.fill_(True)
x.fill_(1j)
x.zero_()
x.copy_(i[0])
x.copy_(torch.ones(5))
x.clone(memory_format=torch.contiguous_format)
x.swapaxes(0,1)
x.swapdims(0,1)
x.moveaxis(0,1)
x.ravel()
x.flatten(0,1)
x.flatten(start_dim=1)
x.flatten(5)
x.expand(-1,3)
x.expand(2,-1,3)
x.expand(3,3)
x.expand(-1,-1,-1)
x.expand_as(torch.zeros(4,2,3))
x.view(-1)
x.view(-1,-1)
x.view(4)
x.t().view(6)
x.view(2,3,1)
x.view(torch.int32)
x.view(torch.float64)
x.view(torch.int16).shape
x.view_as(torch.zeros(3,2))
x.reshape(-1,2)
x.reshape(7)
x.reshape(())
x.unsqueeze(3)
x.squeeze(5)
x.select(0,1)
x.select(dim=1,index=-1)
x.select(0,5)
torch.narrow(x,1,2,2)
torch.narrow(x,1,-2,1)
x.split(0)
x.split([1,1],1)
x.chunk(0)
x.chunk(5,1)
x.tensor_split(0)
x.unbind(2)
torch.cat([x,x[0]])
torch.cat([])
torch.cat(x)
torch.cat([x,i])
torch.cat([x,torch.tensor([])])
torch.cat([x,1])
torch.cat([x,x],dim=2)
torch.stack([])
torch.stack([x,x[0]])
torch.stack([x,i.expand(2,2)],0)
torch.stack([x,x],dim=-1)
x.gather(1,i)
x.repeat(2)
x.repeat(2,-1)
x.repeat(0,1).shape
x.repeat_interleave(2)
x.repeat_interleave(torch.tensor([1,2]),dim=0)
torch.repeat_interleave(torch.tensor([1,2]))
x.repeat_interleave(torch.tensor([1]),dim=0)
x.repeat_interleave(repeats=2,dim=1)
x.repeat_interleave(torch.tensor([1,2]),dim=0,output_size=3)
x.roll(1)
x.roll((1,1),(0,1))
x.roll(1,(0,1))
x.roll((),())
x.flip(0,0)
x.rot90(2)
x.tril()[0]
x[0].tril()
torch.tril_indices(2,3,offset=1)
x.movedim(0,5)
x.permute(0)
x.permute(0,0)
x.permute(-1,0)
x.transpose(0,5)
x.as_strided((2,),(2,))
x.as_strided(size=(2,),stride=(2,),storage_offset=1)
x.as_strided((9,),(1,))
x.unfold(1,5,1)
x.unfold(1,1,0)
x.is_set_to(x)
x.apply_(lambda a:a+1)
x.masked_select(mask=m)
x.masked_select(i)
x.masked_scatter(mask=m,source=x)
x.masked_fill(i.expand(2,2),1)
x.put_(i,torch.tensor([7.,8.]))
x.put(index=i,source=torch.tensor([7.,8.]),accumulate=True)
torch.isin(elements=i,test_elements=torch.tensor([1]))
torch.searchsorted(sorted_sequence=torch.tensor([1,2,3]),input=torch.tensor([2]),side='right')
torch.bucketize(input=i,boundaries=torch.tensor([1,2]),right=True)
torch.unravel_index(indices=i,shape=4)
torch.can_cast(torch.float64,torch.int32)
torch.promote_types(torch.int32,torch.uint8)
torch.result_type(x,1j)
torch.is_tensor(3)
torch.is_nonzero(x[0,1])
torch.set_default_dtype(torch.int32)
torch.finfo(torch.float16).max
torch.iinfo(torch.int8).min
torch.numel(3)
torch.msort(x)
x.mode(0)
x.median(0)
x.aminmax(dim=0)
torch.aminmax(x)
x.max(0,keepdim=True)
x.argmax(dim=1,keepdim=True)
torch.max(x,x*2)
torch.complex(x,x)
torch.view_as_real(x*1j)
torch.view_as_complex(torch.ones(2,2))
x.sum_to_size(1,3)
x.sum_to_size((2,1))
x.diagflat() if 0 else torch.diagflat(x[0])
x.fill_diagonal_(fill_value=2)
x.fill_diagonal_(2.5,wrap=True)
x.narrow_copy(1,0,1)
x.unsafe_chunk(2)
x.nonzero_static(size=3)
x.argwhere()
x.slice_scatter(torch.zeros(2,1),dim=1,start=0,end=1)
x.select_scatter(src=torch.zeros(3),dim=0,index=0)
x.diagonal_scatter(torch.zeros(2))
torch.empty_strided((2,2),(1,2)).stride()
x.new_empty_strided((2,2),(1,2)).stride()
x.storage().size()
x.untyped_storage().nbytes()
x.detach()
x.data
x.ndimension()
x.dim_order()
x.is_same_size(x)
x.get_device()
x.cpu()
x.cuda()
x.is_cuda
x.names
x.index_reduce(1,i,x[:,:2],'amax')
x.index_reduce(1,i,x[:,:2],reduce='mean',include_self=False)
x[:, 5:].stride()
x[[0,1],[1,2]]
x[m]
x[:, [0,0]]
x[..., None].shape
x[torch.tensor(1)]
x[True].shape
x[i,i]
x[i.bool()]
x[None,:,None].shape
x[0][0]
x[2]
x[0,5]
x[0,0,0]
x['a']
x[1.0]
x[::2]
x[::-1]
x[1:0].shape
x[-1:]
x[np.array([0,1])]
x[np.int64(1)]
x[[True,False]]
x[[0]]
x[[[0,1]]]
x[(0,1)]
x[slice(0,1)]
x[...,0]
x[torch.tensor([0.5])]
x[torch.tensor([5])]
x[torch.tensor([-3])]
x[:,torch.tensor([True,False,True])]
x[torch.tensor([True,False,True])]
x.__setitem__(0,5) or x
x.__setitem__((slice(None),1),torch.tensor([7.,8.])) or x
x.__setitem__(m,0) or x
x.__setitem__(m,torch.tensor([1.,2.,3.])) or x
x.__setitem__(m,torch.tensor([1.,2.,3.,4.])) or x
x.__setitem__(0,torch.ones(5)) or x
x.__setitem__(0,'a') or x
x.__setitem__((0,0),[1]) or x
x.__setitem__([0,1],x.flip(0)) or x
x.__setitem__(0,np.ones(3)) or x
x.__setitem__(slice(None),1j) or x
"""


def plain(value):
    """A result in Python's own types."""
    if isinstance(value, (torch.Tensor, rushlight.Tensor)):
        array = value.detach().numpy()
        strides = value.stride() if value.numel() else None
        facts = str(value.dtype), tuple(value.shape), value.requires_grad, strides
        return (*facts, str(array.tolist()))
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value if isinstance(value, (bool, int, float, complex)) else str(value)


def outcome(library, call):
    """What a call returns, or the type of its error."""
    names = {
        "torch": library,
        "np": np,
        "x": library.arange(6.0).reshape(2, 3),
        "i": library.tensor([0, 1]),
        "ii": library.tensor([[0, 1], [1, 0]]),
        "m": library.tensor([[True, False, True], [False, True, False]]),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return plain(eval(call, names))
        except Exception as error:
            return type(error).__name__


@pytest.mark.parametrize("call", CALLS.strip().split("\n"))
def test_call(call):
    assert outcome(rushlight, call) == outcome(torch, call)
